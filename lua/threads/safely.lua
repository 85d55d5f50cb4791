-- (locked mutex, f, ...): f(...), after which the mutex is unlocked, whether it returns or raises.
local function finish(mutex, ok, ...)
   mutex:unlock()
   if not ok then error((...), 0) end
   return ...
end

return function(mutex, f, ...) return finish(mutex, pcall(f, ...)) end
