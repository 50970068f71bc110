/** Text as no honest agent would write it: a title, a cleared screen, a C1 colour, a reversed and a hidden character. */
export const hostile = "\u001b]0;owned\u0007\u001b[2Jpwn\r\u009b31m\u202etxt.exe\u200b";

/** What could drive a terminal, or hide from its reader. Line ends may stay. */
export const unsafe = /(?!\n)[\p{Cc}\u200b\u202e]/u;
