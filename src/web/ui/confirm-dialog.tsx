import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';
import { ProblemNotice } from './problem-notice.tsx';

export interface ConfirmDialogProps {
  title: string;
  /** What will happen. */
  children: ComponentChildren;
  confirmLabel: string;
  cancelLabel?: string;
  isDangerous?: boolean;
  /** What it throws is shown, and the question stays. */
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      {props.children}
      {error !== undefined && <ProblemNotice error={error} />}
      <div class="buttons">
        <button type="button" class="button" onClick={props.onClose}>
          {props.cancelLabel ?? 'Keep it'}
        </button>
        <button
          type="button"
          class={`button ${props.isDangerous ? 'danger' : 'primary'}`}
          disabled={isBusy}
          aria-busy={isBusy}
          onClick={confirm}
        >
          {props.confirmLabel}
        </button>
      </div>
    </Dialog>
  );
}
