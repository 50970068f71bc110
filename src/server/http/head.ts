/** What is said of any answer. */
interface Circumstances {
  /** its connection ends with it */
  isLast: boolean;
  date: string;
}

/** The beginning of a response: its first line and its headers, which are ASCII. */
export function beginningOf(
  response: Response,
  { isLast, date }: Circumstances,
  body: number | "chunked" | null,
): string {
  const { status } = response;
  let text = `HTTP/1.1 ${status} ${reasons[status] ?? ""}\r\n`;
  response.headers.forEach((value, name) => {
    if (name !== "connection") text += `${name}: ${value}\r\n`;
  });
  if (body === "chunked") text += "transfer-encoding: chunked\r\n";
  // what answers for the head alone has said its body's length already
  else if (body !== null && !response.headers.has("content-length")) text += `content-length: ${body}\r\n`;
  return `${text}date: ${date}\r\n${isLast ? "connection: close\r\n" : ""}\r\n`;
}

/** The beginning of an answer of JSON. */
export function jsonBeginning(bytes: number, { isLast, date }: Circumstances): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json;charset=utf-8\r\ncontent-length: ${bytes}\r\ndate: ${date}\r\n${isLast ? "connection: close\r\n" : ""}\r\n`;
}

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  500: "Internal Server Error",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** The time as HTTP writes it, which is the same for all answers of a second. */
export function dateWriter(wall: () => number): () => string {
  let latest = { second: 0, text: "" };
  return () => {
    const second = Math.floor(wall() / 1000);
    if (latest.second !== second) latest = { second, text: new Date(second * 1000).toUTCString() };
    return latest.text;
  };
}
