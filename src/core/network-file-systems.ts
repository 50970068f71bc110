/** Where SQLite's WAL is not safe, as statfs magic numbers of Linux: NFS, SMB, CIFS, SMB2, AFS, 9P, Ceph. Source: statfs(2). */
export const networkFileSystems: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x01021997, 0x00c36400,
]);
