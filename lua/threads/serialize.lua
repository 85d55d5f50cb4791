-- How values travel between threads by default: as copies, functions with their upvalues.
--
-- A module of this kind (threads.Threads.serialization) has save(value) -> CharStorage and load(storage) -> value.
local M = {}

--- The bytes of a value.
function M.save(value) return torch.serializeToStorage(value) end

--- The value; functions are loaded, for they are this program's own.
function M.load(bytes) return torch.deserializeFromStorage(bytes, 'binary', {unsafe = true}) end

return M
