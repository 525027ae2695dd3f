import { useApp } from '../app/context.ts';

export interface TextFieldProps {
  id: string;
  label: string;
  value: string;
  /** In UTF-16 code units, as TikTok counts. */
  maxLength: number;
  rows: number;
  hint?: string;
  error: string | undefined;
  onInput: (value: string) => void;
}

/** A text with a live count. Nothing is cut off: what is too long says by how much. */
export function TextField({ id, label, value, maxLength, rows, hint, error, onInput }: TextFieldProps) {
  const { formats } = useApp();
  const isTooLong = value.length > maxLength;
  const ids = [`${id}-count`, hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  const control = {
    id,
    value,
    'aria-describedby': ids,
    ...(isTooLong && { 'aria-invalid': true }),
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <div class="label-row">
        <label for={id}>{label}</label>
        <span id={`${id}-count`} class={`count ${isTooLong ? 'over' : ''}`}>
          {formats.number(value.length)}
          <span aria-hidden="true"> / </span>
          <span class="visually-hidden"> of </span>
          {formats.number(maxLength)}
          <span class="visually-hidden"> characters</span>
        </span>
      </div>
      {rows === 1 ? <input type="text" {...control} /> : <textarea rows={rows} {...control} />}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`} role="status">
          {error}
        </p>
      )}
    </div>
  );
}
