-- torch.Timer: wall, user and system time since it was made, or while it ran.
local C = require 'libtorch'
local torch = torch

local Timer = torch.class('torch.Timer')

local names = {'real', 'user', 'sys'}

-- Adds the time since the last look to the totals.
local function settle(timer)
   local now = {C.clock()}
   for i, name in ipairs(names) do
      if timer.running then timer.total[name] = timer.total[name] + now[i] - timer.since[i] end
   end
   timer.since = now
end

--- Running from the start.
function Timer:__init()
   self.running = true
   self:reset()
end

--- timer:reset() -> timer: sets its totals to zero; whether it runs stays as it is.
function Timer:reset()
   self.total = {real = 0, user = 0, sys = 0}
   self.since = {C.clock()}
   return self
end

--- timer:stop() -> timer: halts the clock.
function Timer:stop()
   settle(self)
   self.running = false
   return self
end

--- timer:resume() -> timer: lets the clock go on.
function Timer:resume()
   settle(self)
   self.running = true
   return self
end

--- timer:time() -> table: {real=, user=, sys=}, in seconds, while it was running.
function Timer:time()
   settle(self)
   return {real = self.total.real, user = self.total.user, sys = self.total.sys}
end

--- timer:write(file): writes its totals; torch.save calls it. What is read goes on, or stays stopped, from there.
function Timer:write(file)
   settle(self)
   file:writeObject{running = self.running, total = self.total}
end

--- timer:read(file): reads its totals; torch.load calls it.
function Timer:read(file)
   local t = file:readObject()
   self.running, self.total, self.since = t.running, t.total, {C.clock()}
end

function Timer:__tostring__()
   return 'torch.Timer [status: ' .. (self.running and 'running' or 'stopped') .. ']'
end

return Timer
