-- nn.Container: a module made of modules.
local Container, parent = torch.class('nn.Container', 'nn.Module')

local WARNING = '\n\nWARNING: If you see a stack trace below, it doesn\'t point to the place where this error '
   .. 'occurred. Please use only the one above.'

function Container:__init(...)
   parent.__init(self, ...)
   self.modules = {}
end

function Container:add(module)
   table.insert(self.modules, module)
   return self
end

function Container:get(index) return self.modules[index] end
function Container:size() return #self.modules end

-- The innermost container takes the traceback.
local function with_traceback(err)
   err = tostring(err)
   if err:find(WARNING, 1, true) then return err end
   local trace = debug.traceback('', 2):gsub('^\n', '')
   return err .. '\n' .. trace
end

--- Calls module:funcName(...); an error says in which module of which container it happened.
function Container:rethrowErrors(module, moduleIndex, funcName, ...)
   local ok, result = xpcall(module[funcName], with_traceback, module, ...)
   if ok then return result end
   local at = result:find(WARNING, 1, true)
   if at then result = result:sub(1, at - 1):gsub('^\n', '') end
   error(string.format('\nIn %d module of %s:\n%s%s', moduleIndex, torch.type(self), result, WARNING), 0)
end

function Container:applyToModules(func)
   for _, module in ipairs(self.modules) do func(module) end
end

function Container:zeroGradParameters()
   self:applyToModules(function(module) module:zeroGradParameters() end)
end

function Container:updateParameters(learningRate)
   self:applyToModules(function(module) module:updateParameters(learningRate) end)
end

function Container:training()
   self:applyToModules(function(module) module:training() end)
   parent.training(self)
end

function Container:evaluate()
   self:applyToModules(function(module) module:evaluate() end)
   parent.evaluate(self)
end

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
   -- the tensors of the children are theirs to clear: drop the references only
   for _, f in ipairs{'output', 'gradInput'} do
      if torch.isTensor(self[f]) then self[f] = self[f].new()
      elseif type(self[f]) == 'table' then self[f] = {} end
   end
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
