import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Call } from '../call/call.js';
import type { RoomActions } from './room-actions.js';
import type { RoomView } from './room-view.js';

/** What every part of the room works with. */
export interface RoomContext {
  readonly call: Call;
  readonly view: RoomView;
  readonly actions: RoomActions;
  readonly openSettings: () => void;
}

const Context = createContext<RoomContext | undefined>(undefined);

export const RoomProvider = Context.Provider;

/** The room this component is in. */
export function useRoom(): RoomContext {
  const context = useContext(Context);
  if (context === undefined) throw new Error('no room around this component');
  return context;
}
