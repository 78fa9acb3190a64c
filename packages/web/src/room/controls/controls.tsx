import { IconButton } from '../../ui/icon-button.js';
import { canShareScreen } from '../room-actions.js';
import { useRoom } from '../room-context.js';
import { controlTexts } from './control-texts.js';
import { MoreMenu } from './more-menu.js';
import './controls.css';

/** What one does in a call. Whoever only watches has nothing to turn on. */
export function Controls({ openNotices }: { readonly openNotices: () => void }) {
  const { call, actions } = useRoom();
  const text = controlTexts();
  const self = call.self.value;
  return (
    <div class="controls" role="group" aria-label={text.bar} data-testid="controls" onClick={returnFocus}>
      {self.role !== 'viewer' && <OwnMedia />}
      <IconButton
        class="controls-hand"
        icon="hand"
        kind={self.handRaised ? 'accent' : 'plain'}
        label={self.handRaised ? text.lowerHand : text.raiseHand}
        pressed={self.handRaised}
        shortcut="H"
        data-testid="hand-button"
        onClick={actions.toggleHand}
      />
      <PanelButtons />
      <MoreMenu openNotices={openNotices} />
      <IconButton
        class="controls-leave"
        icon="leave"
        kind="danger"
        label={text.leave}
        data-testid="leave-button"
        onClick={actions.leave}
      />
    </div>
  );
}

function OwnMedia() {
  const { call, actions } = useRoom();
  const text = controlTexts();
  const self = call.self.value;
  const heard = self.microphone === 'on';
  const seen = self.camera !== undefined;
  const sharing = self.screen !== undefined;
  return (
    <>
      <IconButton
        icon={heard ? 'microphone' : 'microphone-off'}
        kind={heard ? 'plain' : 'off'}
        label={heard ? text.microphoneOff : text.microphoneOn}
        shortcut="M"
        data-testid="microphone-button"
        data-on={heard}
        onClick={actions.toggleMicrophone}
      />
      <IconButton
        icon={seen ? 'camera' : 'camera-off'}
        kind={seen ? 'plain' : 'off'}
        label={seen ? text.cameraOff : text.cameraOn}
        shortcut="V"
        data-testid="camera-button"
        data-on={seen}
        onClick={actions.toggleCamera}
      />
      {canShareScreen && (
        <IconButton
          icon={sharing ? 'screen-stop' : 'screen'}
          kind={sharing ? 'accent' : 'plain'}
          label={sharing ? text.stopShare : text.share}
          shortcut="S"
          data-testid="share-button"
          data-on={sharing}
          onClick={actions.toggleScreenShare}
        />
      )}
    </>
  );
}

function PanelButtons() {
  const { call, view, actions } = useRoom();
  const text = controlTexts();
  const unread = view.unread.value;
  const waiting = call.self.value.role === 'host' ? call.waiting.value.length : 0;
  return (
    <>
      <span class="controls-counted">
        <IconButton
          icon="chat"
          label={unread > 0 ? text.unread(unread) : text.chat}
          shortcut="C"
          aria-expanded={view.panel.value === 'chat'}
          data-testid="chat-button"
          onClick={() => view.togglePanel('chat')}
        />
        {unread > 0 && (
          <span class="controls-count" aria-hidden="true" data-testid="chat-unread">
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </span>
      <span class="controls-counted">
        <IconButton
          icon="people"
          label={waiting > 0 ? text.waiting(waiting) : text.people}
          shortcut="P"
          aria-expanded={view.panel.value === 'people'}
          data-testid="people-button"
          onClick={() => view.togglePanel('people')}
        />
        {waiting > 0 && (
          <span class="controls-count" aria-hidden="true">
            {waiting}
          </span>
        )}
      </span>
      <IconButton
        class="controls-layout"
        icon={view.plan.value.kind === 'spotlight' ? 'grid' : 'speaker'}
        label={text.layout}
        shortcut="L"
        data-testid="layout-button"
        onClick={actions.toggleLayout}
      />
    </>
  );
}

/**
 * After a press with the pointer the focus goes back to the page, so that Space talks and does not press the same button
 * again. With the keyboard the focus stays where it is.
 */
function returnFocus(event: MouseEvent): void {
  if (event.detail === 0 || !(event.target instanceof Element)) return;
  const button = event.target.closest('button');
  if (button !== null && !button.hasAttribute('aria-haspopup')) button.blur();
}
