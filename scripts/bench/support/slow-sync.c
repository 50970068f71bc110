/* To be preloaded: each sync of a file takes so many microseconds longer as SLOW_SYNC_US says. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void wait_for_disk(void) {
  const char *delay = getenv("SLOW_SYNC_US");
  if (delay) usleep(atoi(delay));
}

int fsync(int file) {
  wait_for_disk();
  return syscall(SYS_fsync, file);
}

int fdatasync(int file) {
  wait_for_disk();
  return syscall(SYS_fdatasync, file);
}
