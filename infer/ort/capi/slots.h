// Places of the functions that are used in the runtime's table of functions, OrtApi.
enum slot {
  slot_GetErrorMessage = 2,
  slot_ReleaseStatus = 93,
};
