// The cards of the first page.
import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { backend } from "./backend";
import Start from "./Start.svelte";

test("a card says the environment once: not beside a name or a line that has the word", async () => {
  const { deployments, ...rest } = await backend.deployments();
  const of = (name: string, environment: string, ...lines: string[]) => ({ ...deployments[0]!, id: name, name, environment, lines: lines.map((text) => ({ state: "due" as const, text })) });
  const all = [of("hub", "staging", "Next: Name"), of("hub-staging", "staging"), of("nonprod", "prod"), of("tests", "staging", "Ask again: A thing (staging)"), of("more", "staging", "Ask again: A thing (prod)")];
  backend.deployments = async () => ({ ...rest, deployments: all });
  render(Start);
  const said = async (name: string) => (await screen.findByRole("heading", { name })).closest("li")!.querySelector(".meta")!.textContent;
  expect(await said("hub")).toBe("staging · practice");
  expect(await said("hub-staging")).toBe("practice");
  expect(await said("tests")).toBe("practice");
  // Part of a word is not the word, and another environment is another one.
  expect(await said("nonprod")).toBe("prod · practice");
  expect(await said("more")).toBe("staging · practice");
});
