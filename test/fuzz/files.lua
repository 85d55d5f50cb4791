--- Mutated .t7 files, read and used: an error that says why, or an object that can be printed, copied and saved.
-- It passes when nothing crashes; under the sanitizers, when nothing is reported.
--   th test/fuzz/files.lua [files=2000, or seconds as 600s] [seed=1]
require 'torch'
require 'nn'
local F = dofile((arg[0]:match('^(.*)/') or '.') .. '/fuzz.lua')(2000)
local draw, pick = F.draw, F.pick

-- ---- what is mutated ----

local function originals()
   torch.manualSeed(1)
   local list = {}
   for _, name in ipairs{'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double', 'Half'} do
      local new = torch.getmetatable('torch.' .. name .. 'Tensor').new
      list[#list + 1] = {new(2, 3):fill(1), new(), new(4):fill(2):storage(), new(3, 4):fill(3):t():narrow(1, 2, 2)}
   end
   local x = torch.range(1, 12)
   local shared = {x, x:view(3, 4), x:narrow(1, 3, 4), x:storage(), name = 'shared', [1.5] = true}
   shared.self = shared
   list[#list + 1] = shared
   list[#list + 1] = {1, 'two', {3, {4, {5}}}, false, function(v) return v + 1 end}
   list[#list + 1] = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh()):add(nn.SpatialConvolution(1, 1, 2, 2))
   list[#list + 1] = torch.Generator()
   local texts = {}
   for _, object in ipairs(list) do
      for _, mode in ipairs{'binary', 'ascii'} do texts[#texts + 1] = {torch.serialize(object, mode), mode} end
   end
   return texts
end
local texts = originals()

-- ---- use ----

local function use(v, seen, depth)
   if seen[v] or depth > 20 then return end
   if torch.isTensor(v) then
      if v:nElement() < 1e5 then pcall(function() return #tostring(v), v:clone():fill(1), v:double():sum() end) end
   elseif torch.isStorage(v) then
      if v:size() < 1e5 then pcall(function() return #tostring(v), v:fill(1) end) end
   elseif type(v) == 'table' then
      seen[v] = true
      for k, e in pairs(v) do
         use(k, seen, depth + 1)
         use(e, seen, depth + 1)
      end
      if torch.typename(v) then pcall(tostring, v) end
   end
end

local total, read = 0, 0
for k in F.rounds() do
   total = k
   local text = pick(texts)
   local mutant = F.mutate(text[1])
   local ok, object = pcall(torch.deserialize, mutant, draw(10) == 1 and 'ascii' or text[2])
   if ok then
      read = read + 1
      use(object, {}, 0)
      pcall(torch.serialize, object, text[2])
   end
end
print(('%d mutated files, %d of them could be read, seed %d'):format(total, read, F.seed))
