/** What comes in time; null if nothing does. */
export async function within<Given>(milliseconds: number, coming: Promise<Given>): Promise<Given | null> {
  const waited = Promise.withResolvers<null>();
  const timer = setTimeout(waited.resolve, milliseconds, null);
  try {
    return await Promise.race([coming, waited.promise]);
  } finally {
    clearTimeout(timer);
  }
}
