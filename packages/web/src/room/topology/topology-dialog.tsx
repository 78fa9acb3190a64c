import { useState } from 'preact/hooks';
import type { Topology } from '../../sdk.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Icon } from '../../ui/icon.js';
import { useRoom } from '../room-context.js';
import { topologyTexts } from './topology-texts.js';
import { wayIcon, wayOf, WAYS } from './way.js';
import type { Way } from './way.js';
import './topology-dialog.css';

/** How the room is connected and what that means; hosts choose here. */
export function TopologyDialog() {
  const { view } = useRoom();
  // A dialog that opens again begins with what is, not with what was pondered before.
  return view.topologyOpen.value ? <OpenTopologyDialog /> : null;
}

function OpenTopologyDialog() {
  const { call, view, actions } = useRoom();
  const text = topologyTexts();
  const [wish, setWish] = useState<Way | undefined>(undefined);
  const [changing, setChanging] = useState(false);
  const now = wayOf(call.topology.value);
  const chosen = wish ?? now;
  const isHost = call.self.value.role === 'host';
  const close = () => (view.topologyOpen.value = false);
  const change = (topology: Topology) => {
    setChanging(true);
    actions.attempt(async () => {
      try {
        await call.room.setTopology(topology);
        close();
      } finally {
        setChanging(false);
      }
    });
  };
  const wanted = WAYS.find(({ way }) => way === chosen);
  return (
    <Dialog
      open
      title={text.title}
      testId="topology-dialog"
      onClose={close}
      footer={
        isHost && (
          <>
            <Button data-testid="topology-keep" onClick={close}>
              {text.keep}
            </Button>
            <Button
              kind="primary"
              disabled={changing || chosen === now}
              data-testid="topology-change"
              onClick={() => wanted && change(wanted.topology)}
            >
              {text.changeNow}
            </Button>
          </>
        )
      }
    >
      <div class="ways" role={isHost ? 'radiogroup' : 'group'} aria-label={text.title}>
        {WAYS.map(({ way }) => (
          <WayCard
            key={way}
            way={way}
            state={way === now ? 'now' : 'other'}
            choice={isHost ? (way === chosen ? 'chosen' : 'possible') : 'none'}
            onChoose={() => setWish(way)}
          />
        ))}
      </div>
      <p class="ways-note" role="status">
        {isHost ? chosen === now ? null : <Noted words={text.note} /> : <Noted words={text.hostsOnly} />}
      </p>
    </Dialog>
  );
}

interface WayCardProps {
  readonly way: Way;
  readonly state: 'now' | 'other';
  /** `none`: to be read only. */
  readonly choice: 'chosen' | 'possible' | 'none';
  readonly onChoose: () => void;
}

function WayCard({ way, state, choice, onChoose }: WayCardProps) {
  const text = topologyTexts();
  const names = ['way', `way-${state}`, `way-${choice}`].join(' ');
  const words = (
    <>
      <Icon name={wayIcon(way)} />
      <span class="way-words">
        <span class="way-name">
          {text.way[way]}
          {state === 'now' && <span class="way-mark">{text.isNow}</span>}
        </span>
        <span class="way-meaning">{text.meaning[way]}</span>
      </span>
    </>
  );
  if (choice === 'none') {
    return (
      <div class={names} data-testid={`way-${way}`} data-now={state === 'now'}>
        {words}
      </div>
    );
  }
  return (
    <label class={names} data-testid={`way-${way}`} data-now={state === 'now'}>
      <input type="radio" name="way" class="way-input" checked={choice === 'chosen'} onChange={onChoose} />
      {words}
    </label>
  );
}

function Noted({ words }: { readonly words: string }) {
  return (
    <>
      <Icon name="info" size="s" />
      {words}
    </>
  );
}
