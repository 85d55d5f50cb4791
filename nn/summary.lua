-- nn.summary: what a net is made of, measured.
local errors = require 'nn.errors'

local function sizes(x)
   if torch.isTensor(x) then return x:dim() == 0 and '-' or table.concat(x:size():totable(), ' x ') end
   if type(x) ~= 'table' then return '-' end
   local list = {}
   for i, part in ipairs(x) do list[i] = sizes(part) end
   return '{' .. table.concat(list, ', ') .. '}'
end

local function elements(x)
   if torch.isTensor(x) then return x:nElement() end
   local n = 0
   for _, part in pairs(type(x) == 'table' and x or {}) do n = n + elements(part) end
   return n
end

local function bytes(x)
   if torch.isTensor(x) then return x:nElement() * x:elementSize() end
   local n = 0
   for _, part in pairs(type(x) == 'table' and x or {}) do n = n + bytes(part) end
   return n
end

-- Multiplications and additions of a pass forward: two for each use of a weight, one for each element of the output
-- of layers without.
local function flops(module, input, output)
   local w = module.weight
   local name = torch.typename(module)
   if name:find('LookupTable') or name:find('Embedding') then return 0 end
   if torch.isTensor(w) and w:dim() >= 2 then
      if name:find('FullConvolution') then return 2 * w:nElement() * elements(input) / w:size(1) end
      return 2 * w:nElement() * elements(output) / w:size(1)
   end
   return elements(output) * (torch.isTensor(w) and 2 or 1)
end

local function own_parameters(module)
   local n = 0
   for _, p in ipairs(module:parameters() or {}) do n = n + p:nElement() end
   return n
end

-- How the output of a convolution of floats is computed, where nn.convolutionWays tells.
local function way_of(module, input)
   local spatial = torch.isTypeOf(module, 'nn.SpatialConvolution') or torch.isTypeOf(module, 'nn.SpatialDepthWiseConvolution')
   if not spatial or not torch.isTensor(input) or input:type() ~= 'torch.FloatTensor' then return end
   return (nn.convolutionWays(module, input:size(input:dim() - 1), input:size(input:dim())))
end

-- Makes every module of a net note what passes through it; row by row, in order of the tree.
local function watch(module, depth, rows)
   local leaf = not module.modules or #module.modules == 0
   local row = {name = torch.typename(module), depth = depth, leaf = leaf, parameters = leaf and own_parameters(module) or 0, flops = 0, seconds = 0, calls = 0,
      bytes = 0, output = '-'}
   rows[#rows + 1] = row
   local forward = module.updateOutput
   rawset(module, 'updateOutput', function(self, input)
      local t = torch.tic()
      local output = forward(self, input)
      row.seconds = row.seconds + torch.toc(t)
      row.calls, row.output, row.input = row.calls + 1, sizes(output), sizes(input)
      row.way = leaf and way_of(self, input) or row.way
      if leaf then row.flops, row.bytes = row.flops + flops(self, input, output), bytes(output) end
      return output
   end)
   for _, part in ipairs(module.modules or {}) do watch(part, depth + 1, rows) end
end

local function short(n, unit)
   for _, scale in ipairs{{1e12, 'T'}, {1e9, 'G'}, {1e6, 'M'}, {1e3, 'k'}} do
      if n >= scale[1] then return ('%.3g %s%s'):format(n / scale[1], scale[2], unit) end
   end
   return ('%.3g %s'):format(n, unit)
end

local function duration(s) return s >= 1 and ('%.2f s'):format(s) or s >= 1e-3 and ('%.2f ms'):format(s * 1e3) or ('%.0f us'):format(s * 1e6) end

local function as_text(self)
   local lines = {{'', 'output', 'parameters', 'flops', 'memory', 'time', 'way'}}
   for _, row in ipairs(self.rows) do
      lines[#lines + 1] = {('  '):rep(row.depth) .. row.name .. (row.calls > 1 and ' (' .. row.calls .. ' times)' or ''), row.output,
         row.leaf and tostring(row.parameters) or '', row.leaf and short(row.flops, '') or '', row.leaf and short(row.bytes, 'B') or '', duration(row.seconds), row.way or ''}
   end
   local widths = {}
   for _, line in ipairs(lines) do
      for k, cell in ipairs(line) do widths[k] = math.max(widths[k] or 0, #cell) end
   end
   local text = {}
   for i, line in ipairs(lines) do
      for k, cell in ipairs(line) do
         local space = (' '):rep(widths[k] - #cell)
         line[k] = (k == 1 or k == 7) and cell .. space or space .. cell
      end
      text[i] = table.concat(line, '  '):gsub(' +$', '')
   end
   text[#text + 1] = ('%d parameters (%s), %sflops and %s of outputs for %s'):format(self.parameters, short(self.parameterBytes, 'B'), short(self.flops, ''),
      short(self.bytes, 'B'), self.input)
   return table.concat(text, '\n')
end

local function input_of(net, size)
   if torch.isTensor(size) or (type(size) == 'table' and torch.isTensor(size[1])) then return size end
   if torch.isStorage(size) then size = size:totable() end
   if type(size) ~= 'table' or type(size[1]) ~= 'number' then
      errors.raise('nn.summary: argument #2 (size): sizes of an input ({8, 3, 32, 32}), or an input, expected, got ' .. torch.type(size))
   end
   return torch.Tensor(unpack(size)):uniform():type(net:type())
end

--- nn.summary(net, size) -> summary: a table of the modules of a net for an input of that size, {8, 3, 32, 32} with
-- the batch, or for an input itself: what each returns, its parameters, flops (two for each use of a weight, one for
-- each element of the output of layers without), the memory of its output, and the time of a pass forward. It is a
-- copy of the net that is run, in evaluation mode; and how convolutions of floats are done on the CPU
-- (nn.convolutionWays). print shows it.
--
-- Fields: rows, a list of {name=, depth=, leaf=, input=, output=, parameters=, flops=, bytes=, seconds=, calls=, way=};
-- parameters, parameterBytes, flops, bytes: sums.
return function(net, size)
   if not torch.isTypeOf(net, 'nn.Module') then errors.raise('nn.summary: argument #1 (net): nn.Module expected, got ' .. torch.type(net)) end
   local input, copy, rows = input_of(net, size), net:clone(), {}
   copy:evaluate()
   watch(copy, 0, rows)
   copy:forward(input) -- buffers are made, and this code is compiled
   for _, row in ipairs(rows) do row.seconds, row.calls, row.flops = 0, 0, 0 end
   copy:forward(input)
   local self = {rows = rows, parameters = own_parameters(copy), parameterBytes = bytes((copy:parameters())), flops = 0, bytes = 0, input = sizes(input)}
   for _, row in ipairs(rows) do self.flops, self.bytes = self.flops + row.flops, self.bytes + row.bytes end
   return setmetatable(self, {__tostring = as_text})
end
