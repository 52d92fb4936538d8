/** Attempts at making one failing body smaller. */
const TRIES_MAX = 400;

/** A smaller body that still fails, by leaving out ever smaller pieces. */
export async function shrink(
  body: Buffer,
  stillFails: (less: Buffer) => Promise<boolean>,
): Promise<Buffer> {
  let smallest = body;
  let tries = 0;
  for (let piece = Math.ceil(body.length / 2); piece >= 1; piece = Math.floor(piece / 2)) {
    for (let at = 0; at < smallest.length && tries < TRIES_MAX; ) {
      tries += 1;
      const less = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + piece)]);
      if (await stillFails(less)) smallest = less;
      else at += piece;
    }
  }
  return smallest;
}
