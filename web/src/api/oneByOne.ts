/** Reads that nobody waits for: at once they would have every core of a small server, and of the machine that also draws the page. */
export function oneByOne(): <T>(read: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve();
  return (read) => {
    const own = before.then(read, read);
    before = own;
    return own;
  };
}
