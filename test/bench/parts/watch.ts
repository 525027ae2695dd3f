export interface Watched<T> {
  result: T;
  tookMs: number;
  cpuMs: number;
  /** Resident memory when it began … */
  rssBytes: number;
  /** … and the most that this process has ever had. */
  peakRssBytes: number;
}

/** Runs a task and tells what it cost this process. */
export async function watchProcess<T>(task: () => Promise<T>): Promise<Watched<T>> {
  const rssBytes = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const begunMs = performance.now();
  const result = await task();
  const tookMs = performance.now() - begunMs;
  const { user, system } = process.cpuUsage(cpu);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return { result, tookMs, cpuMs: (user + system) / 1000, rssBytes, peakRssBytes };
}
