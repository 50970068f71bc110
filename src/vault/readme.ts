/** How the vault's own README begins; a person's, which begins otherwise, is left alone. */
export const readmeHead = "# A vault of cord\n";

export const readme = `${readmeHead}
Notes that \`cord serve --vault\` draws from what happens: one for each task, agent and run, with links between them.
Open this folder in Obsidian: the graph shows what fixed what, who did it, and the tree of each run.

- \`tasks/\`: a note a task, with what it is related to, its payload and its result
- \`decisions/\`: copies of the tasks of kind decision
- \`agents/\`: a note an agent, its activity line by line, leases it abandoned included
- \`runs/\`: a note a run, with its tree

The notes are copies: cord rewrites them, and nothing written here goes back. Notes of your own are left alone.
Where the drawing stands is kept in \`.cord/\`. Delete that folder, or this whole one, and restart the daemon: all is drawn anew.
`;
