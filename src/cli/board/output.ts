import { plainJson } from "../../core/text.ts";

/** Resolves once stdout has taken it all: the process may end right after. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, () => resolve());
  });
}

export function printJson(value: unknown): Promise<void> {
  return print(plainJson(value));
}

/** The columns a table may take: the terminal's, else what COLUMNS says, else 120. */
export function outputWidth(): number {
  const said = Number(process.env["COLUMNS"]);
  return process.stdout.columns || (Number.isInteger(said) && said > 0 ? said : 120);
}
