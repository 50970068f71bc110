/** Skills that come with cord, as examples: the text of each file, by its name. */
export const builtInSkills: Readonly<Record<string, string>> = {
  review: `---
name: review
description: Review code from several sides, and prove each finding before it counts
inputs:
  target:
    description: what to review - files, folders, or what a command such as git diff main prints
    default: the changes that are not committed (git diff HEAD)
---
# Review {target}

Put together what the reviews found and the proofs bore out: what is wrong, where (file and line), how bad it is, and how to fix it, the
worst first. Leave out what was refuted. Say what was looked at and found to be in order.

## Look at it from several sides {#found}

Merge the findings into one list. Two that mean the same are one.

- Correctness of {target}: wrong results, missed cases, races, errors that are dropped {returns=list}

  Read what is to be reviewed, and what calls it. Change no file. Give each finding as a line: file, line, what is wrong, and when it shows.
- Security of {target}: input that is trusted, secrets that leak, rights that are too wide {returns=list}

  Read what is to be reviewed, and where its input comes from. Change no file. Give each finding as a line: file, line, what an attacker does, and what comes of it.
- Tests and readability of {target}: what no test holds, and what the next reader gets wrong {returns=list}

  Read what is to be reviewed, and its tests. Change no file. Give each finding as a line: file, line, what is missing or unclear.

## Prove each finding {needs="#found"}

Take the findings one by one and try to refute each: read the code that it names, and run what shows it where that is cheap. Change no
file. Say of each whether it stands, and why.
`,
  compare: `---
name: compare
description: Compare several things by the same questions, and recommend one
inputs:
  things: what to compare, such as SQLite, DuckDB and Postgres
  purpose:
    description: what it is for
    default: general use
---
# Compare {things} for {purpose}

Recommend one for {purpose}, with the reasons and what speaks against it. Put a table first: a row for each, a column for each question.

1. Name what to compare, and by which questions {#list returns=list}

   What is compared: {things}. What for: {purpose}. Return a list with one text for each thing: its name, and the questions that all of
   them are to be held against, the same for each.
2. Look into each {for_each="#list" limit=8 retries=1}

   Answer the questions for this one, with your sources: {item}
`,
};
