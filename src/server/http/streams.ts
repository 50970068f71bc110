const streams = new WeakSet<Response>();

/** A response that is sent piece by piece as it is made; any other is taken whole first. */
export function asStream(body: ReadableStream<Uint8Array>, headers: Record<string, string>): Response {
  const response = new Response(body, { headers });
  streams.add(response);
  return response;
}

export function isStream(response: Response): boolean {
  return streams.has(response);
}
