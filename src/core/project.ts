/**
 * Stands for no project, where a project is asked for or named: the user's own board. What is posted there is
 * everybody's, and what is seen from there is what belongs to no project.
 */
export const ownBoard = "";

/** The project of what is posted: null where none is named, or the user's own board is. */
export function postedIn(project: string | undefined): string | null {
  return project === undefined || project === ownBoard ? null : project;
}
