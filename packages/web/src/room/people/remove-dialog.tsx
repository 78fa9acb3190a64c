import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { useRoom } from '../room-context.js';
import { peopleTexts } from './people-texts.js';

/** Asks before somebody is removed. */
export function RemoveDialog() {
  const { call, view, actions } = useRoom();
  const text = peopleTexts();
  const removing = view.removing.value;
  const close = () => (view.removing.value = undefined);
  return (
    <Dialog
      open={removing !== undefined}
      title={text.removeTitle(removing?.name ?? '')}
      size="s"
      testId="remove-dialog"
      onClose={close}
      footer={
        <>
          <Button onClick={close}>{text.keep}</Button>
          <Button
            kind="danger"
            data-testid="remove-confirm"
            onClick={() => {
              close();
              if (removing) actions.attempt(() => call.room.remove(removing.participantId));
            }}
          >
            {text.removeNow}
          </Button>
        </>
      }
    >
      <p>{text.removeText}</p>
    </Dialog>
  );
}
