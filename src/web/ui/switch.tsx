export interface SwitchProps {
  id: string;
  label: string;
  hint: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** Something that is on or off, with what it means. */
export function Switch({ id, label, hint, isOn, onChange }: SwitchProps) {
  return (
    <div class="choice">
      <input
        type="checkbox"
        role="switch"
        aria-checked={isOn}
        id={id}
        aria-describedby={`${id}-hint`}
        checked={isOn}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      </div>
    </div>
  );
}
