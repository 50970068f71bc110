/** What goes on at a daemon, and the two ways in which it comes to its end by itself. */
export interface Activity {
  /** Resolves once no request was under way for the time given, and nothing else holds the daemon. */
  idle: Promise<void>;
  /** Resolves soon after `stop` was told, once the answer to that is out. */
  told: Promise<void>;
  onTraffic(open: number): void;
  /** requests under way, and streams */
  open(): number;
  tell(): void;
  stop(): void;
}

export function activityOf(idleExitSeconds: number | null, isQuiet: () => Promise<boolean>): Activity {
  const [idle, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let timer: NodeJS.Timeout | undefined;
  let underWay = 0;
  const arm = () => {
    if (idleExitSeconds === null) return;
    clearTimeout(timer);
    timer = setTimeout(async () => ((await isQuiet()) ? idle.resolve() : arm()), idleExitSeconds * 1000);
  };
  arm();
  return {
    idle: idle.promise,
    told: told.promise,
    onTraffic: (open) => {
      underWay = open;
      if (open > 0) clearTimeout(timer);
      else arm();
    },
    open: () => underWay,
    tell: () => void setTimeout(told.resolve, answerMs),
    stop: () => clearTimeout(timer),
  };
}

const answerMs = 20;
