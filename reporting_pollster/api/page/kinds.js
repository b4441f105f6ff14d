// The amounts that usage is told in, and the kinds of resources.

export const AMOUNTS = [
  ["vcpu_seconds", "vCPU-hours", "vCPU-h"],
  ["memory_mb_seconds", "Memory GB-hours", "GB-h"],
  ["instance_seconds", "Instance-hours", "h"],
  ["root_gb_seconds", "Root disk GB-hours", "GB-h"],
  ["ephemeral_gb_seconds", "Ephemeral disk GB-hours", "GB-h"],
  ["volume_gb_seconds", "Volume GB-hours", "GB-h"],
  ["snapshot_gb_seconds", "Snapshot GB-hours", "GB-h"],
  ["backup_gb_seconds", "Backup GB-hours", "GB-h"],
  ["image_mb_seconds", "Image GB-hours", "GB-h"],
  ["floating_ip_seconds", "Floating IP-hours", "h"],
];
const OF_INSTANCES = 5;

// Flavours are of instances alone.
export const amountsBy = (by) => (by === "flavour" ? AMOUNTS.slice(0, OF_INSTANCES) : AMOUNTS);

export const KINDS = [
  ["instance", "Instances"],
  ["volume", "Volumes"],
  ["snapshot", "Snapshots"],
  ["backup", "Backups"],
  ["image", "Images"],
  ["floating_ip", "Floating IPs"],
];

export const titleOf = (pairs, name) => (pairs.find(([each]) => each === name) ?? pairs[0])[1];
