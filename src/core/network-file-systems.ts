/** Where SQLite's WAL is not safe, as statfs magic numbers of Linux: NFS, SMB, CIFS, SMB2, AFS, 9P, Ceph. Source: statfs(2). */
const magics: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x01021997, 0x00c36400,
]);

/** The same, and those that FUSE or a module of their own provides, as /proc/self/mountinfo and macOS' mount name them. */
const types =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|ncpfs|afp|afpfs|afs|9p|ceph|coda|lustre|gpfs|beegfs|orangefs|pvfs2|ocfs2|gfs2?|davfs|webdav|vboxsf|prl_fs|vmhgfs|drvfs|(?:fuse\.)?(?:sshfs|rclone|s3fs|gcsfuse|goofys|glusterfs|davfs2?|curlftpfs|ceph|ceph-fuse|juicefs|mfs|moosefs|vmhgfs-fuse|grpcfuse|osxfs))$/;

/** A disk, and where it can be seen. */
interface Mount {
  point: string;
  type: string;
}

/** By what statfs says of a folder on Linux. */
export function isNetworkMagic(magic: number): boolean {
  return magics.has(magic);
}

/**
 * Whether a folder, by its absolute path without links, lies on a network file system: by the last of the mounts that it is
 * under, since a later one lies over an earlier one.
 */
export function isOnNetwork(folder: string, mounts: readonly Mount[]): boolean {
  let found: Mount = { point: "", type: "" };
  for (const { point, type } of mounts) {
    const isAbove = folder === point || folder.startsWith(point.endsWith("/") ? point : `${point}/`);
    if (point !== "" && isAbove && point.length >= found.point.length) found = { point, type };
  }
  return types.test(found.type);
}

/** What /proc/self/mountinfo says. Source: proc_pid_mountinfo(5). */
export function linuxMounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").map((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const point = (before.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, code) =>
      String.fromCharCode(parseInt(code, 8)),
    );
    return { point, type: after.split(" ")[0] ?? "" };
  });
}

/** What mount(8) prints on macOS: `//ann@nas/work on /Volumes/work (smbfs, nodev, nosuid, mounted by ann)`. */
export function macMounts(said: string): Mount[] {
  return said.split("\n").flatMap((line) => {
    const [, point = "", type = ""] =
      /^.{0,4096}? on (\/.{0,4096}) \(([^,)]{1,64})[^()]*\)$/.exec(line) ?? [];
    return point === "" ? [] : [{ point, type }];
  });
}
