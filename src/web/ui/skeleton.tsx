export interface SkeletonProps {
  /** What is being loaded, for those who do not see it. */
  label: string;
  /** The heights of the bars in rem: those of what will take their place. */
  heightsRem: readonly number[];
}

/** The shape of what is to come. */
export function Skeleton({ label, heightsRem }: SkeletonProps) {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {heightsRem.map((height, place) => (
        <span key={place} style={{ height: `${height}rem` }} />
      ))}
    </div>
  );
}
