--- Axes: their ranges, and the numbers at their ticks.
local M = {}

--- lo and hi apart from each other, and further apart by `pad` of their distance.
function M.widen(lo, hi, pad, log)
   if not lo then
      if log then return 1, 10 end
      return 0, 1
   end
   if log then
      if lo == hi then return lo / 2, hi * 2 end
      local f = (hi / lo) ^ pad
      return lo / f, hi * f
   end
   local least = math.max(math.abs(lo), math.abs(hi)) * 1e-12
   if hi - lo <= least then
      local d = lo == 0 and 1 or math.abs(lo) * .1
      return lo - d, hi + d
   end
   local d = (hi - lo) * pad
   return lo - d, hi + d
end

-- The smallest of 1, 2, 5 times a power of ten that is not below v.
local function nice(v)
   local base = 10 ^ math.floor(math.log10(v))
   for _, m in ipairs{1, 2, 5, 10} do
      if m * base >= v * (1 - 1e-9) then return m * base end
   end
end

local function label(v, step)
   if math.abs(v) < step * 1e-6 then return '0' end
   local size = math.abs(v)
   if size >= 1e6 or step < 1e-4 then return ('%.4g'):format(v):gsub('e([+-])0+', 'e%1'):gsub('e%+', 'e') end
   local digits = math.max(0, -math.floor(math.log10(step) + 1e-9))
   return (('%%.%df'):format(digits)):format(v)
end

local function log_ticks(lo, hi, most)
   local a, b = math.ceil(math.log10(lo) - 1e-9), math.floor(math.log10(hi) + 1e-9)
   if b - a < 1 then return nil end
   local step = math.max(1, math.ceil((b - a) / most))
   local list = {}
   for e = a, b, step do
      local v = 10 ^ e
      list[#list + 1] = {v, (e >= -3 and e <= 4) and ('%g'):format(v) or '1e' .. e}
   end
   return list
end

--- Ticks from lo to hi, about `most` of them: a list of {position, text}.
function M.ticks(lo, hi, most, log)
   local list = log and log_ticks(lo, hi, most)
   if list then return list end
   list = {}
   local step = nice((hi - lo) / math.max(most, 1))
   if not step or step <= 0 then return {} end
   for k = math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9) do
      list[#list + 1] = {k * step, (label(k * step, step))}
   end
   return list
end

return M
