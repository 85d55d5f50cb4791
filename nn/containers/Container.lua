-- nn.Container(...): a module made of modules, the list in its field modules; base of nn.Sequential, nn.Concat and
-- others.
--
-- What is done to it, zeroGradParameters(), updateParameters(), training(), evaluate(), type(), is done to all its
-- modules; parameters() are theirs, in order. An error in one of them says which it was: "In 2 module of
-- nn.Sequential".
--
-- > nn.Sequential():add(nn.Tanh()):size()
-- 1
local Container, parent = torch.class('nn.Container', 'nn.Module')

local errors = require 'nn.errors'

function Container:__init(...)
   parent.__init(self, ...)
   self.modules = {}
end

--- container:add(module) -> container: appends a module.
function Container:add(module, ...)
   errors.check_module(torch.type(self) .. ':add', module, ...)
   table.insert(self.modules, module)
   return self
end

-- The modules that a constructor was given.
function Container:_addAll(...)
   for i = 1, select('#', ...) do
      local module = select(i, ...)
      errors.check_module(('%s: argument #%d'):format(torch.type(self), i), module)
      self:add(module)
   end
end

--- container:get(index) -> module: the module at a place, from 1; nil where there is none.
function Container:get(index) return self.modules[index] end

--- container:size() -> number: how many modules it has.
function Container:size() return #self.modules end

--- container:rethrowErrors(module, moduleIndex, funcName, ...) -> result: calls module:funcName(...); an error says in
-- which module of which container it happened.
function Container:rethrowErrors(module, moduleIndex, funcName, ...)
   local ok, result = xpcall(module[funcName], errors.handler, module, ...)
   if ok then return result end
   errors.rethrow(result, self, module, moduleIndex)
end

--- container:applyToModules(func): calls func(module) for every module right in this container.
function Container:applyToModules(func)
   for _, module in ipairs(self.modules) do func(module) end
end

function Container:zeroGradParameters()
   local modules = self.modules
   for i = 1, #modules do modules[i]:zeroGradParameters() end
end

function Container:updateParameters(learningRate)
   local modules = self.modules
   for i = 1, #modules do modules[i]:updateParameters(learningRate) end
end

function Container:training()
   self:applyToModules(function(module) module:training() end)
   parent.training(self)
end

function Container:evaluate()
   self:applyToModules(function(module) module:evaluate() end)
   parent.evaluate(self)
end

--- container:share(mlp, names...) -> container: shares the named fields of every module with those of the module at its
-- place in mlp.
function Container:share(mlp, ...)
   for i = 1, #self.modules do self.modules[i]:share(mlp.modules[i], ...) end
   return self
end

function Container:reset(stdv)
   self:applyToModules(function(module) module:reset(stdv) end)
end

function Container:parameters()
   local w, gw = {}, {}
   for _, module in ipairs(self.modules) do
      local mw, mgw = module:parameters()
      if mw then
         for i = 1, #mw do
            w[#w + 1] = mw[i]
            gw[#gw + 1] = mgw[i]
         end
      end
   end
   return w, gw
end

function Container:clearState()
   nn.utils.release(self, 'output', 'gradInput')
   for _, module in ipairs(self.modules) do module:clearState() end
   return self
end

local function indented(module) return (tostring(module):gsub('\n', '\n  ')) end

-- Text of a container whose modules stand side by side. `ext` is the bar of the last one.
function Container:_branches(last_bar)
   local line, bar, next_ = '\n', '    |`-> ', '    |    '
   local s = torch.type(self) .. ' {' .. line .. '  input'
   for i = 1, #self.modules do
      local last = i == #self.modules
      local prefix = last and '     `-> ' or bar
      local ext = last and (last_bar or '         ') or next_
      s = s .. line .. prefix .. '(' .. i .. '): ' .. tostring(self.modules[i]):gsub('\n', '\n' .. ext)
   end
   return s .. line .. '     ... -> output' .. line .. '}'
end

Container._indented = indented
