import type { Headers } from "../../core/http-message.ts";
import type { RequestHead } from "./request.ts";

/** A connection without traffic is ended after this time. */
export const idleSeconds = 30;

/** What came by a connection beside a request's head. */
interface Origins {
  /** the address that the connection comes from */
  peer: string;
  text: Promise<string>;
  /** made when it is asked for first: most requests never ask whether their client has gone */
  gone: () => AbortSignal;
}

/** A sign of life, and how long a stream is silent at most. */
interface Sign {
  /** of ASCII letters */
  text: string;
  everyMs: number;
}

/** A request as it came. */
export class Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: ReceivedHeaders;
  readonly peer: string;
  /** an answer is given up after this many seconds without a successful write; 0: never */
  writeTimeoutSeconds = idleSeconds;
  /** what is sent as a sign of life while its answer is a stream that has nothing to say; null: nothing */
  sign: Sign | null = null;
  readonly #target: string;
  #text: Promise<string>;
  readonly #gone: () => AbortSignal;

  constructor({ method, target, headers }: RequestHead, { peer, text, gone }: Origins) {
    const query = target.indexOf("?");
    this.method = method;
    this.path = query === -1 ? target : target.slice(0, query);
    this.headers = new ReceivedHeaders(headers);
    this.peer = peer;
    this.#target = target;
    this.#text = text;
    this.#gone = gone;
  }

  /** What stands behind the path. */
  get query(): URLSearchParams {
    return new URLSearchParams(this.#target.slice(this.path.length));
  }

  /** Fails for a body that is too long, or breaks off. */
  text(): Promise<string> {
    return this.#text;
  }

  /** Nobody reads the text any more. */
  forgetText(): void {
    this.#text = nothing;
  }

  /** Its client has gone. */
  get signal(): AbortSignal {
    return this.#gone();
  }

  /** As the web's own kind of request, which takes longer to make than some are to answer. */
  toRequest(): ArrivedRequest {
    return new ArrivedRequest(this, this.#target);
  }
}

const nothing = Promise.resolve("");

class ReceivedHeaders {
  readonly all: Headers;

  constructor(all: Headers) {
    this.all = all;
  }

  get(name: string): string | null {
    return this.all[name] ?? null;
  }
}

/** A request to the daemon that a router takes. */
class ArrivedRequest extends Request {
  readonly arrival: Arrival;
  override readonly text: () => Promise<string>;
  declare readonly signal: AbortSignal;

  // a field would have to be made with each request, and what the class it stands in for has is no getter to TypeScript
  static {
    Object.defineProperty(ArrivedRequest.prototype, "signal", {
      get(this: ArrivedRequest) {
        return this.arrival.signal;
      },
    });
  }

  constructor(arrival: Arrival, target: string) {
    const { method, headers } = arrival;
    super(`http://${hostIn(headers.all)}${target}`, { method, headers: headers.all });
    this.arrival = arrival;
    this.text = () => arrival.text();
  }
}

/** Which Host it is is the guard's to judge, by the header: here it only must not break the address. */
function hostIn({ host = "" }: Headers): string {
  return /^[\w.-]+(?::\d{1,5})?$|^\[[\da-fA-F:.]+\](?::\d{1,5})?$/.test(host) ? host : "localhost";
}

/** Null for one that came by no connection, as in a test. */
export function arrivalOf(request: Request): Arrival | null {
  return request instanceof ArrivedRequest ? request.arrival : null;
}
