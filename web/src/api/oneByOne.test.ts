import { expect, test } from "vitest";

import { oneByOne } from "./oneByOne";

test("a read begins when the one before it has ended, though that failed", async () => {
  const inTurn = oneByOne();
  const said: string[] = [];
  const read = (name: string, fails = false) =>
    inTurn(async () => {
      said.push(`${name} begins`);
      await Promise.resolve();
      said.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const [one, two, three] = [read("one"), read("two", true), read("three")];
  await expect(two).rejects.toThrow("two");
  expect([await one, await three]).toEqual(["one", "three"]);
  expect(said).toEqual(["one", "two", "three"].flatMap((name) => [`${name} begins`, `${name} ends`]));
});
