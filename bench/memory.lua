package.path = (arg[0]:match('^(.*)/') or '.') .. '/lib/?.lua;' .. package.path

-- A loop that makes a temporary each time: memory stays flat without collectgarbage(), and the cost
-- stays near that of the operation in place.

local function resident()
   for line in io.lines('/proc/self/status') do
      local kb = line:match('^VmRSS:%s*(%d+)')
      if kb then return tonumber(kb) / 1024 end
   end
end

local count = tonumber(arg[1]) or 1e5
local x = torch.Tensor(1e5):fill(1)
local peak = 0
local t = torch.tic()
for i = 1, count do
   local _y = x + 1
   if i % 1000 == 0 then peak = math.max(peak, resident()) end
end
local temporaries = torch.toc(t) / count
t = torch.tic()
for _ = 1, count do x:add(1) end
local inplace = torch.toc(t) / count
print(string.format('\nTemporaries: %g times y = x + 1 on 1e5 doubles', count))
print(string.format('resident at most %.0f MB (target: below 200);  %.1f us an iteration, in place %.1f us, ratio %.2f (target: at most 2)',
   peak, temporaries * 1e6, inplace * 1e6, temporaries / inplace))
