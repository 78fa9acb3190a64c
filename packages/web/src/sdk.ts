// What the app uses of the SDK, in one place.
export * from '@madang/client';
