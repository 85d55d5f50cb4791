-- What is written by hand, in lua/torch: described here for help, the reference and the editor; no
-- bindings are generated.

local function row(family, name, text, forms, extra)
   local r = {doc = text, family = family, lua = "handwritten", types = ALL, method = "only"}
   for i, form in ipairs(forms) do r[i] = form end
   for k, v in pairs(extra or {}) do r[k] = v end
   r.example = r.example or r[1] and r[1].example
   op(name)(r)
end
local function both(...) -- a function of torch as well as a method
   local family, name, text, forms, example, grad = ...
   row(family, name, text, forms, {method = "same", example = example, grad = grad})
end
local function method(family, name, text, forms, example, grad) row(family, name, text, forms, {example = example, grad = grad}) end
local function func(family, name, text, forms, example) row(family, name, text, forms, {method = false, example = example}) end

local sizes = dims"size"

-- Making tensors -----------------------------------------------------------------------------------

func("tensor", "Tensor", "Makes a tensor of the default type; torch.FloatTensor and its sisters make one of that type.", {
   {ret = "Tensor"},
   {sizes, ret = "Tensor"},
   {value{"sizes", "LongStorage"}, value{"strides", "LongStorage", optional=true}, ret = "Tensor"},
   {tensor"x", ret = "Tensor"},
   {value{"table", "table"}, ret = "Tensor"},
   {value{"storage", "Storage"}, index{"offset", default=1}, value{"sizes", "LongStorage", optional=true},
      value{"strides", "LongStorage", optional=true}, ret = "Tensor"},
}, "torch.Tensor{{1, 2}, {3, 4}}  --> 1 2 / 3 4")
method("tensor", "new", "Makes a tensor of the same type; called with a dot.", {{value{"...", "as torch.Tensor"}, ret = "Tensor"}},
   "torch.IntTensor().new(2):fill(3)  --> 3 3")
method("tensor", "clone", "A contiguous copy with a storage of its own.", {{tensor"x", ret = "Tensor"}},
   "torch.ones(2):clone()  --> 1 1")
method("tensor", "contiguous", "The same tensor if it is contiguous, else a copy.", {{tensor"x", ret = "Tensor"}},
   "torch.Tensor{{1, 2}, {3, 4}}:t():contiguous()  --> 1 3 / 2 4")
method("tensor", "copy", "Copies the elements of a tensor of any type with as many elements, in row-major order.",
   {{inout"x", value{"y", "Tensor of any type"}}}, "torch.Tensor(2):copy(torch.IntTensor{1, 2})  --> 1 2")
row("tensor", "type", "As a method: name of the class, or a copy of another type, the tensor itself when it has that type. As a function: name of the class of any value, or its Lua type.",
   {{value{"x", "any"}, ret = "string"}},
   {method = {{tensor"x", ret = "string"}, {tensor"x", value{"name", "string"}, ret = "Tensor"}},
      example = "torch.ones(2):type('torch.IntTensor')  --> 1 1"})
method("tensor", "typeAs", "Copy of the type of another tensor.", {{tensor"x", value{"y", "Tensor of any type"}, ret = "Tensor"}},
   "torch.Tensor{1.5}:typeAs(torch.IntTensor())  --> 1")
method("tensor", "real", "Copy of the default type; the same tensor if it is of that type.", {{tensor"x", ret = "Tensor"}},
   "torch.Tensor{1, 2}:real()")
for _, name in ipairs(ALL) do
   method("tensor", name:lower(), "Copy as torch." .. name .. "Tensor; the same tensor if it is one.", {{tensor"x", ret = "Tensor"}},
      "torch.Tensor{1, 2}:" .. name:lower() .. "()")
end
both("tensor", "totable", "Nested Lua tables of the elements.", {{tensor"x", ret = "table"}}, "torch.ones(2):totable()")

-- Questions ----------------------------------------------------------------------------------------

method("tensor", "size", "Sizes of all dimensions, or of one; #x is the same as x:size().",
   {{tensor"x", ret = "LongStorage"}, {tensor"x", dim"d", ret = "number"}}, "torch.Tensor(2, 3):size(2)  --> 3")
method("tensor", "stride", "Distances in the storage between neighbours along all dimensions, or along one.",
   {{tensor"x", ret = "LongStorage"}, {tensor"x", dim"d", ret = "number"}}, "torch.Tensor(2, 3):stride(1)  --> 3")
for _, name in ipairs{'dim', 'nDimension'} do
   method("tensor", name, "Number of dimensions; 0 when empty.", {{tensor"x", ret = "number"}}, "torch.Tensor(2, 3):" .. name .. "()  --> 2")
end
method("tensor", "storage", "The storage, or nil when there is none.", {{tensor"x", ret = "Storage"}}, "torch.ones(2):storage()[2]  --> 1")
method("tensor", "storageOffset", "Position of the first element in the storage, from 1.", {{tensor"x", ret = "number"}},
   "torch.ones(4):narrow(1, 3, 2):storageOffset()  --> 3")
method("tensor", "elementSize", "Bytes of an element.", {{tensor"x", ret = "number"}}, "torch.FloatTensor():elementSize()  --> 4")
method("tensor", "isSize", "Whether the sizes are those of a LongStorage.", {{tensor"x", value{"size", "LongStorage"}, ret = "boolean"}},
   "torch.Tensor(2, 3):isSize(torch.LongStorage{2, 3})  --> true")
func("tensor", "isTensor", "Whether a value is a tensor, of any type.", {{value{"x", "any"}, ret = "boolean"}}, "torch.isTensor(3)  --> false")
func("storage", "isStorage", "Whether a value is a storage, of any type.", {{value{"x", "any"}, ret = "boolean"}},
   "torch.isStorage(torch.LongStorage{3})  --> true")
both("tensor", "data", "Pointer of the FFI to the first element, valid until the storage is resized or collected; with asnumber, its address as intptr_t; nil when there is none.",
   {{tensor"x", flag{"asnumber", default=false}, ret = "cdata"}}, "torch.ones(2):data()[1]  --> 1")
both("tensor", "cdata", "Pointer of the FFI to the C struct; with asnumber, its address as intptr_t.",
   {{tensor"x", flag{"asnumber", default=false}, ret = "cdata"}}, "torch.ones(2):cdata().nDimension  --> 1")
method("tensor", "retain", "Adds a count of the C object, for those who hand it to C.", {{tensor"x", ret = "nothing"}})
method("tensor", "free", "Takes away a count of the C object.", {{tensor"x", ret = "nothing"}})

-- Shape --------------------------------------------------------------------------------------------

method("structure", "resize", "Gives x other sizes; the storage grows when needed. Nothing happens when the sizes are the same.",
   {{inout"x", sizes}, {inout"x", value{"sizes", "LongStorage"}, value{"strides", "LongStorage"}}},
   "torch.Tensor():resize(2, 3):size(2)  --> 3")
method("structure", "set", "Makes x a view of another tensor or storage; without arguments, empty.",
   {{inout"x"}, {inout"x", tensor"y"}, {inout"x", value{"storage", "Storage"}, index{"offset", default=1},
      value{"sizes", "LongStorage", optional=true}, value{"strides", "LongStorage", optional=true}}},
   "torch.Tensor():set(torch.ones(2))  --> 1 1")
method("structure", "select", "View at one position of a dimension, which goes away; of a vector, the number.",
   {{tensor"x", dim"d", index"i", ret = "Tensor or number"}}, "torch.Tensor{{1, 2}, {3, 4}}:select(1, 2)  --> 3 4", {x = "select_into(g, sizes(x), d, i)"})
method("structure", "sub", "View of first to last positions of the leading dimensions; negative positions count from the end.",
   {{tensor"x", index"first1", index"last1", value{"...", "first2, last2, ...", optional=true}, ret = "Tensor"}},
   "torch.Tensor{1, 2, 3, 4}:sub(2, -2)  --> 2 3")
method("structure", "t", "Transposed view of a matrix.", {{tensor"x", ret = "Tensor"}}, "torch.Tensor{{1, 2}, {3, 4}}:t()  --> 1 3 / 2 4", {x = "t(g)"})
method("structure", "permute", "View with the dimensions in another order.", {{tensor"x", value{"d1, d2, ...", "dims"}, ret = "Tensor"}},
   "torch.Tensor(2, 3, 4):permute(3, 1, 2):size(1)  --> 4")
both("structure", "view", "A contiguous tensor in other sizes, sharing the storage; one size may be -1.",
   {{tensor"x", sizes, ret = "Tensor"}, {inout"r", tensor"x", sizes}}, "torch.Tensor{1, 2, 3, 4}:view(2, -1)  --> 1 2 / 3 4", {x = "reshape(g, sizes(x))"})
both("structure", "viewAs", "View in the sizes of another tensor.",
   {{tensor"x", tensor"template", ret = "Tensor"}, {inout"r", tensor"x", tensor"template"}},
   "torch.Tensor{1, 2}:viewAs(torch.ones(2, 1)):dim()  --> 2", {x = "reshape(g, sizes(x))"})
both("structure", "expand", "View in which dimensions of size 1 repeat, without copying.",
   {{tensor"x", sizes, ret = "Tensor"}, {inout"r", tensor"x", sizes}}, "torch.Tensor{{1, 2}}:expand(2, 2)  --> 1 2 / 1 2", {x = "fit(g, sizes(x))"})
both("structure", "expandAs", "Expands to the sizes of another tensor.",
   {{tensor"x", tensor"template", ret = "Tensor"}, {inout"r", tensor"x", tensor"template"}},
   "torch.Tensor{{1, 2}}:expandAs(torch.ones(2, 2))  --> 1 2 / 1 2", {x = "fit(g, sizes(x))"})
both("structure", "repeatTensor", "Copies of x as tiles; leading dimensions may be added.",
   {{tensor"x", sizes, ret = "Tensor"}, {inout"r", tensor"x", sizes}}, "torch.Tensor{1, 2}:repeatTensor(2, 2)  --> 1 2 1 2 / 1 2 1 2")
both("structure", "squeeze", "View without the dimensions of size 1, or without one of them; the number when there is only one element.",
   {{tensor"x", dim{"d", default="all"}, ret = "Tensor or number"}, {inout"r", tensor"x", dim{"d", default="all"}}},
   "torch.Tensor{{1, 2}}:squeeze()  --> 1 2", {x = "reshape(g, sizes(x))"})
both("structure", "split", "Views of `size` positions each along a dimension; the last may be smaller.",
   {{tensor"x", int"size", dim{"d", default=1}, ret = "table"}}, "#torch.ones(5):split(2)  --> 3")
both("structure", "chunk", "At most n views of equal size along a dimension; the last may be smaller.",
   {{tensor"x", int"n", dim{"d", default=1}, ret = "table"}}, "#torch.ones(5):chunk(2)  --> 2")

-- Made of other operations -------------------------------------------------------------------------

for _, q in ipairs{{"isnan", "is not a number", "0 1 0"}, {"isinf", "is infinite", "0 0 1"}, {"isfinite", "is neither infinite nor NaN", "1 0 0"}} do
   both("pointwise", q[1], "A mask: 1 where an element " .. q[2] .. ".", {{tensor"x", ret = "ByteTensor"}}, "torch.Tensor{1, 0/0, 1/0}:" .. q[1] .. "()  --> " .. q[3])
end
for _, q in ipairs{{"argmax", "largest", "2"}, {"argmin", "smallest", "1"}} do
   both("reduce", q[1], "Position of the " .. q[2] .. " element: of all, counted row by row, or along a dimension, whose size becomes 1; NaN counts as that.",
      {{tensor"x", ret = "number"}, {tensor"x", dim"d", ret = "LongTensor"}}, "torch.Tensor{1, 3, 2}:" .. q[1] .. "()  --> " .. q[3])
end
both("index", "where", "x where the mask is 1, else y; tensors of one type, either of which may be a number. Dimensions of 1, and missing ones in front, repeat.",
   {{value{"m", "ByteTensor or BoolTensor"}, value{"x", "Tensor or number"}, value{"y", "Tensor or number"}, ret = "Tensor"}},
   "torch.where(torch.ByteTensor{1, 0}, torch.Tensor{1, 2}, -1)  --> 1 -1")
func("blas", "einsum", "Sums of products by Einstein's convention: each dimension has a letter; equal letters run together, those that the result lacks are summed over. Without -> the result has the letters that occur once, in order.",
   {{value{"equation", "such as 'ij,jk->ik'"}, value{"x1, x2, ...", "Tensors of one floating-point type"}, ret = "Tensor"}},
   "torch.einsum('ij,jk->ik', torch.Tensor{{1, 2}}, torch.Tensor{{3}, {4}})  --> 11")

-- Functions of the elements ------------------------------------------------------------------------

method("pointwise", "apply", "Replaces every element v by f(v), in row-major order; nil keeps it. The loop is compiled with f.",
   {{inout"x", value{"f", "function"}}}, "torch.Tensor{1, 2}:apply(function(v) return v * v end)  --> 1 4")
method("pointwise", "map", "Replaces every element v of x by f(v, w), w from y; nil keeps it.",
   {{inout"x", tensor"y", value{"f", "function"}}},
   "torch.Tensor{1, 2}:map(torch.Tensor{3, 4}, function(a, b) return a + b end)  --> 4 6")
method("pointwise", "map2", "Replaces every element of x by f of it and those of y and z; nil keeps it.",
   {{inout"x", tensor"y", tensor"z", value{"f", "function"}}},
   "torch.Tensor{1, 2}:map2(torch.Tensor{3, 4}, torch.Tensor{5, 6}, function(a, b, c) return a + b * c end)  --> 16 26")

-- Gradients ----------------------------------------------------------------------------------------

method("gradients", "requiresGrad", "From now on operations on x are recorded, and backward adds to x:grad(); with false, no more (docs/gradients.md).",
   {{inout"x", flag{"on", default=true}}}, "torch.ones(2):requiresGrad():isRecorded()  --> true")
method("gradients", "isRecorded", "Whether operations on x are recorded: it wants a gradient, or depends on what does.", {{tensor"x", ret = "boolean"}},
   "torch.ones(2):isRecorded()  --> false")
method("gradients", "backward", "Adds the gradient of x, a tensor of one element, or of x times `gradient`, to x:grad() of the tensors that called requiresGrad. Options: retainGraph, createGraph.",
   {{tensor"x", tensor{"gradient", optional=true}, value{"options", "table", optional=true}, ret = "nothing"}},
   "local x = torch.ones(2):requiresGrad() local y = (x * 3):sum() y:backward() return x:grad()  --> 3 3")
row("gradients", "grad", "As a method: the gradient that backward has added up for x, or nil. As a function: gradients of outputs by inputs, a tensor or a table each; options: createGraph, retainGraph, gradOutputs, allowUnused.",
   {{value{"outputs", "any"}, value{"inputs", "any"}, value{"options", "table", optional=true}, ret = "Tensor or table"}},
   {method = {{tensor"x", ret = "Tensor or nil"}}, example = "local x = torch.ones(2):requiresGrad() return torch.grad((x * 3):sum(), x)  --> 3 3"})
method("gradients", "zeroGrad", "Forgets the gradient.", {{inout"x"}}, "torch.ones(2):requiresGrad():zeroGrad():grad()")
method("gradients", "retainGrad", "x:grad() of an intermediate result, too.", {{inout"x"}}, "torch.mul(torch.ones(2):requiresGrad(), 2):retainGrad():isRecorded()  --> true")
method("gradients", "detach", "A tensor on the same memory that is not recorded.", {{tensor"x", ret = "Tensor"}}, "torch.ones(2):requiresGrad():detach():isRecorded()  --> false")
method("gradients", "item", "The only element.", {{tensor"x", ret = "number"}}, "torch.ones(1):item()  --> 1")
method("gradients", "hook", "Calls f with the gradient by x in every backward pass; what it returns, if anything, takes its place.",
   {{inout"x", value{"f", "function"}}}, "torch.ones(2):requiresGrad():hook(function(g) return g * 2 end):isRecorded()  --> true")
func("gradients", "noGrad", "Calls f without recording; returns what it returns.", {{value{"f", "function"}, value{"...", "arguments", optional=true}, ret = "..."}},
   "torch.noGrad(function() return torch.isRecording() end)  --> false")
func("gradients", "enableGrad", "Calls f with recording, also within torch.noGrad.", {{value{"f", "function"}, value{"...", "arguments", optional=true}, ret = "..."}},
   "torch.noGrad(torch.enableGrad, torch.isRecording)  --> true")
func("gradients", "isRecording", "Whether operations on recorded tensors are recorded now.", {{ret = "boolean"}}, "torch.isRecording()  --> true")

func("gradients", "anomaly", "Calls f; the first derivative that gives NaN or infinity is an error that names the operation and its line.",
   {{value{"f", "function"}, value{"...", "arguments", optional=true}, ret = "..."}}, "torch.anomaly(function() return 3 end)  --> 3")
func("gradients", "vjp", "v' J, J the Jacobian of f at xs, a tensor or a table of arguments, and the value; v nil: of a single element.",
   {{value{"f", "function"}, value{"xs", "any"}, tensor{"v", optional=true}, ret = "Tensor or table, Tensor"}},
   "(torch.vjp(function(x) return x:sum() end, torch.ones(2)))  --> 1 1")
func("gradients", "jvp", "J v, v in the sizes of xs, and the value.", {{value{"f", "function"}, value{"xs", "any"}, value{"v", "any"}, ret = "Tensor, Tensor"}},
   "(torch.jvp(function(x) return x * 2 end, torch.ones(2), torch.ones(2)))  --> 2 2")
func("gradients", "jacobian", "d f_i / d x_j as a matrix, elements in row-major order, and the value.", {{value{"f", "function"}, tensor"x", ret = "Tensor, Tensor"}},
   "(torch.jacobian(function(x) return x * 2 end, torch.ones(2)))  --> 2 0 / 0 2")
func("gradients", "hessian", "Second derivatives of f, which returns a tensor of one element.", {{value{"f", "function"}, tensor"x", ret = "Tensor"}},
   "torch.hessian(function(x) return torch.pow(x, 3):sum() end, torch.ones(1))  --> 6")
func("gradients", "hvp", "H v, H the Hessian of f, and the gradient.", {{value{"f", "function"}, value{"xs", "any"}, value{"v", "any"}, ret = "Tensor or table, Tensor or table"}},
   "(torch.hvp(function(x) return torch.pow(x, 3):sum() end, torch.ones(2), torch.ones(2)))  --> 6 6")
func("gradients", "vmap", "A function that calls f for every position of the first dimension of its arguments and puts the results side by side; a loop.",
   {{value{"f", "function"}, ret = "function"}}, "torch.vmap(function(x) return x:sum() end)(torch.ones(2, 3))  --> 3 3")
func("gradients", "Function", "An operation with a derivative of its own: {forward = f(ctx, ...), backward = b(ctx, g...)}; ctx:save(...) and ctx:saved().",
   {{value{"definition", "table"}, ret = "function"}})
func("gradients", "checkpoint", "f(...) of which nothing is kept for the derivative: backward calls f again.",
   {{value{"f", "function"}, value{"...", "arguments", optional=true}, ret = "..."}}, "torch.checkpoint(function(x) return x * 2 end, torch.ones(2))  --> 2 2")
func("gradients", "draw", "The operations that made a recorded tensor, as text for graphviz; with a path, drawn into that file.",
   {{tensor"x", value{"path", "string", optional=true}, ret = "string"}})

-- Storages -----------------------------------------------------------------------------------------

local function storage(name, text, forms, example)
   row("storage", "Storage." .. name, text, forms, {class = "Storage", example = example})
end
local s = value{"s", "Storage"}
row("storage", "Storage", "Makes a storage of the default type; torch.FloatStorage and its sisters make one of that type. " ..
   "Memory at an address stays its owner's, who keeps it for as long as the storage is used.", {
   {int{"size", default=0}, ret = "Storage"},
   {int"size", value{"address", "pointer or number"}, ret = "Storage"},
   {value{"table", "table"}, ret = "Storage"},
   {value{"storage", "Storage"}, index{"offset", default=1}, value{"size", "integer", optional=true}, ret = "Storage"},
}, {method = false, example = "torch.Storage{1, 2}:totable()[2]  --> 2"})
storage("size", "Number of elements; #s is the same.", {{s, ret = "number"}}, "torch.LongStorage{4, 5}:size()  --> 2")
storage("elementSize", "Bytes of an element.", {{s, ret = "number"}}, "torch.LongStorage():elementSize()  --> 8")
storage("resize", "Other size; the leading elements stay. A tensor that no longer fits into its storage raises when it is used.", {{s, int"n", ret = "s"}}, "#torch.LongStorage{4, 5}:resize(3)  --> 3")
storage("fill", "Sets every element.", {{s, number"value", ret = "s"}}, "torch.LongStorage(2):fill(3)[2]  --> 3")
storage("copy", "Copies the elements of a storage of any type and of the same size.", {{s, value{"other", "Storage"}, ret = "s"}},
   "torch.LongStorage(2):copy(torch.IntStorage{1, 2})[2]  --> 2")
storage("string", "The bytes as a string, or sets them from one; Byte and Char only.",
   {{s, ret = "string"}, {s, value{"text", "string"}, ret = "s"}}, "#torch.CharStorage():string('hi')  --> 2")
storage("totable", "A table of the elements.", {{s, ret = "table"}}, "torch.LongStorage{4, 5}:totable()[2]  --> 5")
storage("data", "Pointer of the FFI to the first element, valid until the storage is resized or collected; with asnumber, its " ..
   "address as intptr_t.",
   {{s, flag{"asnumber", default=false}, ret = "cdata"}}, "torch.IntStorage{4, 5}:data()[1]  --> 5")

-- The session --------------------------------------------------------------------------------------

func("session", "setdefaulttensortype", "Which class torch.Tensor is.", {{value{"name", "string"}, ret = "nothing"}},
   "torch.setdefaulttensortype(torch.getdefaulttensortype())")
func("session", "getdefaulttensortype", "Name of the class that torch.Tensor is.", {{ret = "string"}}, "torch.getdefaulttensortype()")
func("session", "setnumthreads", "Number of threads that large operations use.", {{int"n", ret = "nothing"}},
   "torch.setnumthreads(torch.getnumthreads())")
func("session", "getnumthreads", "Number of threads that large operations use.", {{ret = "number"}}, "torch.getnumthreads()")
func("session", "getnumcores", "Number of cores of this machine.", {{ret = "number"}}, "torch.getnumcores()")
func("session", "tic", "Seconds of a clock that never goes back.", {{ret = "number"}}, "torch.tic()")
func("session", "toc", "Seconds since torch.tic returned t.", {{number"t", ret = "number"}}, "torch.toc(torch.tic())")
func("session", "fuse", "A function that does what f does with tensors and numbers, in one pass: f calls pointwise operations, and may end with sum, prod, mean, min, max or norm. It is called once for every combination of element types, with values that stand for the arguments; same results, bit for bit (docs/performance.md).",
   {{value{"f", "function"}, ret = "function"}}, "torch.fuse(function(x, y) return torch.tanh(x * 2 + y):cmul(x) end)(torch.zeros(2), torch.ones(2))  --> 0 0")
func("session", "checkNaN", "Whether modules, criterions and operations are to raise an error when they make a NaN or an infinity of finite arguments; returns what it was before (docs/training.md).",
   {{value{"on", "boolean", optional=true}, ret = "boolean"}}, "torch.checkNaN()  --> false")
func("session", "memorystats", "Bytes in use, cached and at the peak, hits and misses of the cache, and live C objects.",
   {{ret = "table"}}, "torch.memorystats().objects")
func("session", "releasememory", "Gives cached memory back to the system.", {{ret = "nothing"}}, "torch.releasememory()")
func("session", "failallocation", "For tests: makes the n-th allocation from now fail; 0 switches it off.", {{int"n", ret = "nothing"}},
   "torch.failallocation(0)")
func("session", "cpuinfo", "The processor: model, the instruction set of the loops (isa), those that TH_ISA may name (isas), cores and threads, " ..
   "and the kernels of the BLAS (blas, blasconfig).", {{ret = "table"}}, "torch.cpuinfo().isa")
func("session", "setheaptracking", "Whether making tensors drives the garbage collector.", {{flag"enabled", ret = "nothing"}},
   "torch.setheaptracking(true)")
func("session", "isatty", "Whether a Lua file is a terminal.", {{value{"file", "file"}, ret = "boolean"}}, "torch.isatty(io.stdout)")

-- Files and random numbers --------------------------------------------------------------------------

local how = value{"mode", "'binary'|'ascii'", default="binary"}
func("file", "save", "Writes any value to a file, all at once: an interrupted save leaves an earlier file as it was.",
   {{value{"path", "string"}, value{"object", "any"}, how, flag{"referenced", default=true}, ret = "nothing"}})
func("file", "load", "Reads what torch.save wrote. Data only: a file with functions is refused unless options.unsafe.",
   {{value{"path", "string"}, value{"mode", "'binary'|'ascii'|'b32'|'b64'", default="binary"}, value{"options", "table", optional=true}, ret = "any"}})
func("file", "serialize", "Any value as a string.", {{value{"object", "any"}, how, ret = "string"}},
   "torch.deserialize(torch.serialize(torch.Tensor{1, 2}))  --> 1 2")
func("file", "deserialize", "The value that torch.serialize made a string of.", {{value{"text", "string"}, how, ret = "any"}},
   "torch.deserialize(torch.serialize({3, 4}))  --> 3 4")
func("file", "DiskFile", "A file of numbers, strings and objects.",
   {{value{"path", "string"}, value{"mode", "'r'|'w'|'rw'", default="r"}, flag{"quiet", default=false}, ret = "File"}})
func("file", "PipeFile", "The output or input of a command as a file.",
   {{value{"command", "string"}, value{"mode", "'r'|'w'", default="r"}, flag{"quiet", default=false}, ret = "File"}})
func("file", "MemoryFile", "A file in memory.",
   {{value{"mode", "'r'|'w'|'rw'", default="rw"}, ret = "File"}, {value{"storage", "CharStorage"}, value{"mode", "string", optional=true}, ret = "File"}})

-- Methods of files
local function file(name, text, forms, example) row("file", "File." .. name, text, forms, {class = "File", example = example}) end
local f = value{"f", "File"}
for _, t in ipairs{"Byte", "Char", "Short", "Int", "Long", "Float", "Double", "Half", "Bool", "BFloat16"} do
   file("read" .. t, "Reads a number, or n of them as a storage, or as many as a storage has into it; raises at the end of the file, unless " ..
      "it is quiet.", {{f, ret = "number"}, {f, int"n", ret = t .. "Storage"}, {f, value{"s", t .. "Storage"}, ret = "number"}})
   file("write" .. t, "Writes a number, or a storage; in text files with a space behind, if autoSpacing.",
      {{f, number"v", ret = "number"}, {f, value{"s", t .. "Storage"}, ret = "number"}})
end
file("readString", "Reads a line ('*l') or the rest of the file ('*a').", {{f, value{"format", "'*l'|'*a'"}, ret = "string"}})
file("writeString", "Writes the bytes of a string.", {{f, value{"text", "string"}, ret = "number"}})
file("readObject", "Reads any value that writeObject wrote.", {{f, ret = "any"}})
file("writeObject", "Writes any value, also tensors, tables, and objects of classes.", {{f, value{"x", "any"}, ret = "f"}})
for name, text in pairs{ascii = "From now on the file is text.", binary = "From now on the file is binary, as fast and small as can be.",
   autoSpacing = "From now on numbers in text are followed by a space or the end of a line.", noAutoSpacing = "From now on they are not.",
   quiet = "From now on errors raise nothing: hasError() tells.", pedantic = "From now on errors raise, as at first.",
   clearError = "Forgets errors.", synchronize = "Writes what is buffered to the disk.", seekEnd = "Goes to the end."} do
   file(name, text, {{f, ret = "f"}})
end
file("seek", "Goes to a place, counted in bytes from 1.", {{f, int"position", ret = "f"}})
file("position", "The place in the file, in bytes from 1.", {{f, ret = "number"}}, "torch.MemoryFile():position()  --> 1")
file("close", "Closes the file, which can then no more be used.", {{f, ret = "nothing"}})
for name, text in pairs{hasError = "Whether there was an error.", isAutoSpacing = "Whether autoSpacing is on.", isBinary = "Whether the file is binary.",
   isOpened = "Whether the file is open.", isQuiet = "Whether errors raise nothing.", isReadable = "Whether it can be read.",
   isWritable = "Whether it can be written."} do
   file(name, text, {{f, ret = "boolean"}})
end
file("longSize", "How many bytes a long has in the file: 4, 8, or 0 for this machine's.", {{f, int"size", ret = "f"}})
for name, text in pairs{littleEndianEncoding = "From now on numbers have their lowest byte first.", bigEndianEncoding = "From now on numbers have their highest byte first.",
   nativeEndianEncoding = "From now on numbers are as in this machine's memory, as at first.", noBuffer = "From now on what is written is not buffered."} do
   file(name, text .. " Disk and pipe files only.", {{f, ret = "f"}})
end
for name, text in pairs{isLittleEndianCPU = "Whether this machine has the lowest byte first.", isBigEndianCPU = "Whether this machine has the highest byte first."} do
   file(name, text, {{f, ret = "boolean"}})
end
file("storage", "The bytes of a memory file, as a CharStorage.", {{f, ret = "CharStorage"}})

func("random", "Generator", "A generator of random numbers with a state of its own.", {{ret = "Generator"}},
   "torch.manualSeed(torch.Generator(), 3)")
func("random", "multinomialAliasSetup", "Tables for torch.multinomialAlias from probabilities that sum to 1.",
   {{tensor"p", ret = "table"}}, "torch.multinomialAliasSetup(torch.Tensor{0.25, 0.75})")
func("random", "multinomialAlias", "Fills a LongTensor with categories, by the tables of multinomialAliasSetup.",
   {{tensor{"r", type="Long"}, value{"state", "table"}, ret = "r"}}, "torch.multinomialAlias(torch.LongTensor(3), torch.multinomialAliasSetup(torch.Tensor{0.25, 0.75}))")

-- Classes ------------------------------------------------------------------------------------------

func("class", "class", "Defines a class whose instances are tables; returns its metatable and the parent's.",
   {{value{"name", "string"}, value{"parent", "string", optional=true}, value{"module", "table", optional=true}, ret = "table, table"}})
func("class", "typename", "Name of the class of a value, or nil.", {{value{"x", "any"}, ret = "string"}}, "torch.typename(torch.ones(2))")
func("class", "isTypeOf", "Whether a value is of a class or of one derived from it.",
   {{value{"x", "any"}, value{"class", "string or constructor"}, ret = "boolean"}},
   "torch.isTypeOf(torch.ones(2), 'torch.DoubleTensor')  --> true")
func("class", "factory", "Function that makes an empty instance of a class.", {{value{"name", "string"}, ret = "function"}},
   "torch.factory('torch.DoubleTensor')():dim()  --> 0")
func("class", "getmetatable", "Metatable of a class, where its methods are.", {{value{"name", "string"}, ret = "table"}},
   "torch.getmetatable('torch.DoubleTensor')")
func("class", "setmetatable", "Gives a table a class.", {{value{"t", "table"}, value{"name", "string"}, ret = "table"}})
func("class", "pointer", "Address that identifies a value: of the C object of a tensor or storage.", {{value{"x", "any"}, ret = "number"}},
   "torch.pointer(torch.ones(2))")
func("class", "isequal", "Whether two values are the same object.", {{value{"a", "any"}, value{"b", "any"}, ret = "boolean"}},
   "torch.isequal(torch.ones(1), torch.ones(1))  --> false")
func("class", "pushudata", "The object at an address that torch.pointer or a cdata gave, of a class by its name.",
   {{value{"address", "number or cdata"}, value{"class", "string"}, ret = "object"}})
for _, name in ipairs{"updateerrorhandlers", "updatethreadlocals"} do
   func("session", name, "To be called after a Lua state has moved to another thread, so that errors of C reach it there.", {{ret = "nothing"}})
end
func("class", "version", "Version of the class of a value.", {{value{"x", "any"}, ret = "number"}}, "torch.version(torch.ones(1))  --> 1")
func("session", "Timer", "A clock that runs: t:time() gives {real=, user=, sys=} seconds; t:stop(), t:resume(), t:reset().",
   {{ret = "Timer"}}, "torch.Timer():stop():time().real")
