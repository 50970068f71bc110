export { wallClock } from "../system/wall-clock.ts";
