-- Cases of harness.lua written as text, so that ours and the peer's stand side by side:
--
--   {'name', 'Lua setup', 'Lua code', 'Python setup', 'Python code' [, limit = ..., per = ..., target = ...]}
--
-- Setups run once; the code is what is timed. `last` and `peer_end` run once after the iterations. @ stands for the
-- size in all five, where `sizes` is given; `limit` is then a function of it.
require 'torch'

local function ours(setup, code, last)
   local text = setup .. '\nreturn function(n_) for _ = 1, n_ do ' .. code .. ' end ' .. (last or '') .. ' end'
   return assert(loadstring(text, '=' .. code))
end

local function case(row, size)
   local function text(i) return (row[i]:gsub('@', size and ('%d'):format(size) or '@')) end
   return {name = text(1), setup = ours(text(2), text(3), row.last), peer_setup = row[4] and text(4),
      peer = row[5] and text(5), peer_end = row.peer_end, limit = size and row.limit and row.limit(size) or row.limit, per = row.per, target = row.target}
end

--- The cases of the rows, each at every size where sizes are given.
return function(rows, sizes)
   local cases = {}
   for _, row in ipairs(rows) do
      for _, size in ipairs(sizes or {false}) do cases[#cases + 1] = case(row, size) end
   end
   return cases
end
