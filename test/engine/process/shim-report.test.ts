import { expect, test } from "bun:test";
import { readReport } from "../../../src/engine/process/shim-report.ts";

test("what no shim says is no report, whoever wrote it into the pipe", () => {
  const noise = ["{", "null", "[]", "7", '{"started":{}}', '{"exited":{"code":"0","signal":null}}', "hello"];
  for (const line of noise) expect(readReport(line)).toBeNull();
  expect(readReport('{"exited":{"code":0,"signal":null}}')).toEqual({ exited: { code: 0, signal: null } });
});
