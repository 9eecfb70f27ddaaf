set pagination off
set width 0
break matrix.c:words
break matrix.c:set if row->used == 40
run
info breakpoints
backtrace
print *row
print row->value[0]@5
delete 2
watch 'matrix.c'::state
continue
delete 3
finish
continue
ptype *table
# Until they have their values.
next 2
info locals
backtrace full
python
frame = gdb.selected_frame()
names = sorted(symbol.name for symbol in frame.block())
print("python sees", names)
for round in range(300):
    value = gdb.parse_and_eval(f"{round} * 3 + (int)n")
    text = gdb.execute("info line words", to_string=True)
print("evaluated", int(value), len(text) > 0)
end
continue
