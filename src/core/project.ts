/**
 * Stands for no project, where a project is asked for or named: the user's own board. What is posted there is
 * everybody's, and what is seen from there is what belongs to no project.
 */
export const ownBoard = "";
