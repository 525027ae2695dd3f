import { useApp } from '../app/context.ts';
import { MAX_SCHEDULE_DAYS } from '../limits.ts';
import { utcOffset, wallClock } from '../support/zoned-time.ts';
import { Field } from '../ui/field.tsx';
import type { Draft } from './draft.ts';
import type { Judgement } from './rules.ts';

export interface ScheduleFieldsProps {
  draft: Draft;
  schedule: Judgement['schedule'];
  change: (changes: Partial<Draft>) => void;
  error: string | undefined;
  now: Date;
}

/** Now, or at a time of the reader's own clock. */
export function ScheduleFields({ draft, schedule, change, error, now }: ScheduleFieldsProps) {
  const { formats } = useApp();
  const { timeZone } = formats;
  const { zoned, instant } = schedule;
  const offset = (at: Date) => utcOffset(at, timeZone);
  const choose = () => {
    if (draft.date !== '') return change({ when: 'later' });
    const inAnHour = wallClock(new Date(now.getTime() + 3_600_000), timeZone);
    change({ when: 'later', date: inAnHour.date, time: `${inAnHour.time.slice(0, 3)}00` });
  };
  return (
    <fieldset class="part">
      <legend>When</legend>
      <div class="segments">
        <label>
          <input
            type="radio"
            name="when"
            checked={draft.when === 'now'}
            onChange={() => change({ when: 'now' })}
          />
          Now
        </label>
        <label>
          <input type="radio" name="when" checked={draft.when === 'later'} onChange={choose} />
          At a time
        </label>
      </div>
      {draft.when === 'later' && (
        <>
          <div class="date-and-time">
            <Field id="schedule-date" label="Date">
              {(described) => (
                <input
                  {...described}
                  id="schedule-date"
                  type="date"
                  min={wallClock(now, timeZone).date}
                  max={wallClock(new Date(now.getTime() + MAX_SCHEDULE_DAYS * 86_400_000), timeZone).date}
                  aria-describedby="schedule-means"
                  value={draft.date}
                  onInput={(event) => change({ date: event.currentTarget.value })}
                />
              )}
            </Field>
            <Field id="schedule-time" label="Time">
              {(described) => (
                <input
                  {...described}
                  id="schedule-time"
                  type="time"
                  aria-describedby="schedule-means"
                  value={draft.time}
                  onInput={(event) => change({ time: event.currentTarget.value, isSecondTime: false })}
                />
              )}
            </Field>
          </div>
          <p class="hint means" id="schedule-means" role="status">
            {instant ? (
              <>
                {formats.day(instant, now)}, {formats.time(instant)} your time ({timeZone}, {offset(instant)})
                is <time datetime={instant.toISOString()}>{formats.utc(instant)}</time>.
                {zoned?.kind === 'skipped' &&
                  ` Clocks are put forward that day and skip ${draft.time}, so it goes out at ${formats.time(instant)}.`}
              </>
            ) : (
              `Your time zone is ${timeZone}.`
            )}
          </p>
          {zoned?.kind === 'twice' && (
            <fieldset class="field">
              <legend class="label">Clocks are put back that day, and {draft.time} comes twice</legend>
              {[zoned.first, zoned.second].map((at, place) => (
                <div class="choice" key={at.toISOString()}>
                  <input
                    type="radio"
                    name="which-time"
                    id={`which-time-${place}`}
                    checked={draft.isSecondTime === (place === 1)}
                    onChange={() => change({ isSecondTime: place === 1 })}
                  />
                  <label for={`which-time-${place}`}>
                    {place === 0 ? 'The first' : 'The second'}: {formats.utc(at)} ({offset(at)})
                  </label>
                </div>
              ))}
            </fieldset>
          )}
          {error && <p class="field-error">{error}</p>}
        </>
      )}
    </fieldset>
  );
}
