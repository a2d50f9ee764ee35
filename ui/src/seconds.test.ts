// @vitest-environment node
import { expect, test } from "vitest";
import { count, exact, far, long } from "./seconds";

test("lengths of time and numbers are said as a person says them", () => {
  expect([0.2, 1.6, 89.4, 90, 3600].map(long)).toEqual(["1 s", "2 s", "89 s", "2 min", "60 min"]);
  expect([0.66, 9.94, 10, 200].map(exact)).toEqual(["0.7 s", "9.9 s", "10 s", "3 min"]);
  expect([count(0, "thing"), count(1, "thing"), count(3, "entry"), count(2, "key")]).toEqual(["0 things", "1 thing", "3 entries", "2 keys"]);
});

test("work of which little is made is not nearly there, and takes longer only once it is well over", () => {
  expect(far(0, 60, 0, 9)).toBe("0 of 9, about 60 s left");
  // The time is over, and nobody knows how long it will take.
  for (const spent of [60, 61, 125]) expect(far(spent, 60, 0, 9)).toBe("0 of 9");
  expect(far(126, 60, 0, 9)).toBe("0 of 9, longer than usual");
  expect(far(60, 60, 4, 9)).toBe("4 of 9");
  expect(far(60, 60, 5, 9)).toBe("5 of 9, nearly there");
  expect(far(126, 60, 5, 9)).toBe("5 of 9, longer than usual");
  // What is quick is not called slow for a second more.
  expect(far(5, 4, 0, 2)).toBe("0 of 2");
  // What is all made has no time left, however long it usually takes; nor is a second said that is only a guess.
  expect(far(3, 29, 9, 9)).toBe("9 of 9, almost done");
  expect(far(0.2, 1, 0, 9)).toBe("0 of 9");
  // Where nothing is counted, the time alone says it.
  expect([far(3, 4, 0, 0), far(4, 4, 0, 0), far(14, 4, 0, 0)]).toEqual(["At work, nearly there", "At work, nearly there", "At work, longer than usual"]);
});
