/** Where SQLite's WAL is not safe, as statfs magic numbers of Linux: NFS, SMB, CIFS, SMB2, AFS, 9P, Ceph. Source: statfs(2). */
const magics: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x01021997, 0x00c36400,
]);

/** The same, and those that FUSE or a module of their own provides, as /proc/self/mountinfo names them. */
const types =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|ncpfs|afs|9p|ceph|coda|lustre|gpfs|beegfs|orangefs|pvfs2|ocfs2|gfs2?|davfs|vboxsf|prl_fs|vmhgfs|drvfs|(?:fuse\.)?(?:sshfs|rclone|s3fs|gcsfuse|goofys|glusterfs|davfs2?|curlftpfs|ceph|ceph-fuse|juicefs|mfs|moosefs|vmhgfs-fuse|grpcfuse|osxfs))$/;

/**
 * Whether a folder lies on a network file system. magic: what statfs says of it. mountinfo: the text of /proc/self/mountinfo, or null
 * where there is none. The folder's path is absolute and without links.
 */
export function isOnNetwork(folder: string, magic: number, mountinfo: string | null): boolean {
  return magics.has(magic) || types.test(typeOf(folder, mountinfo ?? ""));
}

/** The type of the last mount that the folder is under: a later one lies over an earlier one. Source: proc_pid_mountinfo(5). */
function typeOf(folder: string, mountinfo: string): string {
  let found = { point: "", type: "" };
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = (before.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, code) =>
      String.fromCharCode(parseInt(code, 8)),
    );
    const isAbove = folder === point || folder.startsWith(point.endsWith("/") ? point : `${point}/`);
    if (point !== "" && isAbove && point.length >= found.point.length)
      found = { point, type: after.split(" ")[0] ?? "" };
  }
  return found.type;
}
