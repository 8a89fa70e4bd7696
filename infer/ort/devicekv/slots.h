// Places of the functions that are used in the runtime's table of functions, OrtApi.
enum slot {
  slot_CreateTensorWithDataAsOrtValue = 49,
  slot_CreateMemoryInfo = 68,
  slot_AllocatorAlloc = 75,
  slot_AllocatorFree = 76,
  slot_ReleaseStatus = 93,
  slot_ReleaseMemoryInfo = 94,
  slot_ReleaseValue = 96,
  slot_CreateAllocator = 131,
  slot_ReleaseAllocator = 132,
  slot_RunWithBinding = 133,
  slot_CreateIoBinding = 134,
  slot_ReleaseIoBinding = 135,
  slot_BindInput = 136,
  slot_BindOutput = 137,
};
