/** 0 for urgent, which is handed out first, to 3 for low; a word of one's own ranks as normal does. */
export function rankOf(priority: string): number {
  switch (priority) {
    case "urgent":
      return 0;
    case "high":
      return 1;
    case "low":
      return 3;
    default:
      return 2;
  }
}
