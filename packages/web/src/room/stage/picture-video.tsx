import { useEffect, useRef, useState } from 'preact/hooks';
import type { Track } from '../../sdk.js';
import { useRoom } from '../room-context.js';

export interface PictureVideoProps {
  readonly track: Track;
  readonly mirrored: boolean;
  /** Width over height of the place to fill, at the cost of the edges; undefined: all of the picture is shown. */
  readonly coverAspect: number | undefined;
  /** Told when the first frame is there, and when the picture goes. */
  readonly onPicture: (shown: boolean) => void;
}

/** A picture held upright is not cut to a strip of a wide place: less than this part of its height, and all is shown. */
const LEAST_HEIGHT = 0.5;

/** A track in a video element. Its sound, if any, is played elsewhere. */
export function PictureVideo({ track, mirrored, coverAspect, onPicture }: PictureVideoProps) {
  const { call } = useRoom();
  const element = useRef<HTMLVideoElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const video = element.current;
    if (!video) return undefined;
    track.attach(video);
    const gone = call.unseen.attached(track);
    return () => {
      gone();
      track.detach(video);
      setShown(false);
      onPicture(false);
    };
  }, [track]);
  const [aspect, setAspect] = useState<number | undefined>(undefined);
  const upright = aspect !== undefined && coverAspect !== undefined && aspect / coverAspect < LEAST_HEIGHT;
  const names = [
    'picture-video',
    `picture-video-${coverAspect === undefined || upright ? 'whole' : 'cover'}`,
  ];
  if (mirrored) names.push('picture-video-mirrored');
  if (shown) names.push('picture-video-shown');
  return (
    <video
      ref={element}
      class={names.join(' ')}
      muted
      autoplay
      playsInline
      disableRemotePlayback
      data-testid="picture-video"
      onResize={({ currentTarget }) => setAspect(keepAspect(currentTarget))}
      onLoadedData={({ currentTarget }) => {
        setAspect(keepAspect(currentTarget));
        setShown(true);
        onPicture(true);
      }}
    />
  );
}

/** Tells the style sheet the shape of the picture, which changes when a shared window is resized or a phone is turned. */
function keepAspect(video: HTMLVideoElement): number | undefined {
  if (video.videoWidth === 0 || video.videoHeight === 0) return undefined;
  const aspect = video.videoWidth / video.videoHeight;
  video.style.setProperty('--picture-aspect', String(aspect));
  return aspect;
}
