import { FrameInfo } from '../payload/frame-info.js';
import { RedPayload } from '../payload/red.js';
import { RtpPacketView } from '../rtp/rtp-packet-view.js';
import type { HeaderExtensions } from './media-parameters.js';

/** A received packet on its way to subscribers, with what each of them would otherwise look for again. Reused. */
export class ForwardedPacket {
  readonly view = new RtpPacketView();
  readonly info = new FrameInfo();
  /** Its blocks, where the payload is redundant audio data. */
  readonly red = new RedPayload();
  /** Of the received stream. */
  extendedSequence = 0;
  /** Absolute offsets of the data of header extensions; -1 where there is none. */
  audioLevelOffset = -1;
  videoOrientationOffset = -1;
  colorSpaceOffset = -1;
  colorSpaceLength = 0;
  dependencyDescriptorOffset = -1;
  dependencyDescriptorLength = 0;

  /** Finds the extensions that are passed on, by the ids of the sender's m-section. */
  locateExtensions(ids: HeaderExtensions): void {
    const { view } = this;
    this.audioLevelOffset = ids.audioLevel === undefined ? -1 : view.findExtension(ids.audioLevel);
    this.videoOrientationOffset =
      ids.videoOrientation === undefined ? -1 : view.findExtension(ids.videoOrientation);
    this.colorSpaceOffset = ids.colorSpace === undefined ? -1 : view.findExtension(ids.colorSpace);
    this.colorSpaceLength = this.colorSpaceOffset < 0 ? 0 : view.extensionLength;
    this.dependencyDescriptorOffset =
      ids.dependencyDescriptor === undefined ? -1 : view.findExtension(ids.dependencyDescriptor);
    this.dependencyDescriptorLength = this.dependencyDescriptorOffset < 0 ? 0 : view.extensionLength;
  }
}
