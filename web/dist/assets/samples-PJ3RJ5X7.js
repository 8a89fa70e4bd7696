var t=`#include <stdlib.h>
#include <string.h>

/* A list of integers that grows as needed. */
struct list {
    int *items;
    size_t length;
    size_t capacity;
};

int list_add(struct list *list, int item)
{
    if (list->length == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        int *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return -1;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->length++] = item;
    return 0;
}

int list_sum(const struct list *list)
{
    int sum = 0;
    for (size_t i = 0; i < list->length; i++)
        ‸
    return sum;
}
`;var e=`#include <cmath>
#include <vector>

// A point in the plane.
struct Point {
    double x = 0;
    double y = 0;

    Point operator-(const Point& other) const { return {x - other.x, y - other.y}; }

    double length() const {
        return std::sqrt(‸
    }
};

// length returns the length of a path through points.
double length(const std::vector<Point>& path) {
    double sum = 0;
    for (size_t i = 1; i < path.size(); i++) {
        sum += (path[i] - path[i - 1]).length();
    }
    return sum;
}
`;var i=`using System;
using System.Collections.Generic;

namespace Shop;

public record Item(string Name, decimal Price, int Quantity);

// A basket holds what a customer is about to buy.
public class Basket
{
    private readonly List<Item> items = new();

    public int Count => items.Count;

    public void Add(Item item)
    {
        items.Add(item);
    }

    public decimal Total()
    {
        decimal total = 0;
        foreach (var item in items)
        {
            total += ‸
        }
        return total;
    }
}
`;var a=`:root {
  --text: #222;
  --page: #fff;
  --accent: #4d4dc4;
}

body {
  margin: 0;
  color: var(--text);
  background: var(--page);
}

.button {
  padding: 4px 12px;
  border-radius: 6px;
  background: ‸
}

.button:hover {
  opacity: 0.9;
}
`;var s=`// Package stack holds a last-in, first-out list.
package stack

import "errors"

// ErrEmpty is returned when there is nothing to pop.
var ErrEmpty = errors.New("the stack is empty")

// Stack is a stack of any values. Its zero value is empty and ready.
type Stack[T any] struct {
	items []T
}

// Push puts an item on top.
func (s *Stack[T]) Push(item T) {
	s.items = append(s.items, item)
}

// Len returns the number of items.
func (s *Stack[T]) Len() int {
	return ‸
}

// Pop removes the item on top and returns it.
func (s *Stack[T]) Pop() (T, error) {
	var zero T
	if len(s.items) == 0 {
		return zero, ErrEmpty
	}
	top := s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return top, nil
}
`;var o=`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>A reading list</title>
</head>
<body>
  <h1>A reading list</h1>
  <ul>
    <li><a href="/books/1">The first book</a></li>
    <li>‸
  </ul>
  <form action="/books" method="post">
    <label for="title">Title</label>
    <input id="title" name="title" type="text">
    <button type="submit">Add</button>
  </form>
</body>
</html>
`;var r=`import java.util.HashMap;
import java.util.Map;

/** Counts how often each word was seen. */
public class WordCounter {
    private final Map<String, Integer> counts = new HashMap<>();

    public void add(String word) {
        counts.put(word, counts.getOrDefault(word, 0) + 1);
    }

    public int count(String word) {
        return counts.getOrDefault(word, 0);
    }

    public int total() {
        int total = 0;
        for (int count : counts.values()) {
            ‸
        }
        return total;
    }
}
`;var n=`// A cart keeps items and counts what they cost, in cents.

class Cart {
  constructor() {
    this.items = [];
  }

  add(name, price, quantity = 1) {
    this.items.push({ name, price, quantity });
  }

  remove(name) {
    this.items = this.items.filter((item) => item.name !== name);
  }

  total() {
    return ‸
  }
}

const cart = new Cart();
cart.add("pencil", 120, 3);
console.log(cart.total());
`;var l=`import { useState } from "react"

// Stars lets a reader give one to five stars.
export function Stars({ onRate }) {
  const [rating, setRating] = useState(0)

  function rate(value) {
    setRating(value)
    onRate(value)
  }

  return (
    <div className="stars">
      {[1, 2, 3, 4, 5].map((value) => (
        <button key={value} onClick={() => ‸}>
          {value <= rating ? "★" : "☆"}
        </button>
      ))}
    </div>
  )
}
`;var d=`{
  "name": "reading-list",
  "version": "1.0.0",
  "private": true,
  "scripts": {
    "build": "node build.mjs",
    "test": ‸
  },
  "dependencies": {
    "express": "4.19.2"
  }
}
`;var u=`package weather

data class Reading(val station: String, val celsius: Double)

// Log keeps readings in the order in which they came.
class Log {
    private val readings = mutableListOf<Reading>()

    fun add(reading: Reading) {
        readings.add(reading)
    }

    fun warmest(): Reading? {
        return readings.maxByOrNull { ‸ }
    }

    fun average(): Double {
        return readings.map { it.celsius }.average()
    }
}
`;var c=`<?php

// An account with a balance in cents.
class Account
{
    private int $balance = 0;

    public function __construct(private string $owner)
    {
    }

    public function deposit(int $amount): void
    {
        if ($amount <= 0) {
            throw new InvalidArgumentException("the amount must be positive");
        }
        $this->balance += $amount;
    }

    public function getBalance(): int
    {
        return ‸
    }
}
`;var p=`# A rectangle whose sides are parallel to the axes.
class Rectangle
  attr_reader :width, :height

  def initialize(width, height)
    @width = width
    @height = height
  end

  def area
    @width * @height
  end

  def perimeter
    ‸
  end

  def square?
    @width == @height
  end
end
`;var m=`//! Words and how often they occur in a text.

use std::collections::HashMap;

pub struct Counter {
    counts: HashMap<String, usize>,
}

impl Counter {
    pub fn new() -> Self {
        Counter { counts: HashMap::new() }
    }

    pub fn add(&mut self, text: &str) {
        for word in text.split_whitespace() {
            *self.counts.entry(word.to_lowercase()).or_insert(0) += 1;
        }
    }

    pub fn count(&self, word: &str) -> usize {
        ‸
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}
`;var h=`package geometry

sealed trait Shape {
  def area: Double
}

case class Circle(radius: Double) extends Shape {
  def area: Double = math.Pi * radius * radius
}

case class Rectangle(width: Double, height: Double) extends Shape {
  def area: Double = ‸
}

object Shape {
  def total(shapes: List[Shape]): Double = shapes.map(_.area).sum
}
`;var f=`#!/usr/bin/env bash
# Keeps the newest backups of a folder and removes the rest.
set -euo pipefail

folder=\${1:?usage: rotate.sh FOLDER [COUNT]}
count=\${2:-7}

backup() {
    local name
    name="$(date +%Y-%m-%d).tar.gz"
    tar -czf "$folder/$name" -C "$folder" data
}

rotate() {
    ls -1t "$folder"/*.tar.gz | tail -n "+$((count + 1))" | while read -r old; do
        ‸
    done
}

backup
rotate
`;var g=`interface Task {
  id: number;
  title: string;
  done: boolean;
}

// TaskList keeps tasks in the order they were added.
export class TaskList {
  private tasks: Task[] = [];
  private nextId = 1;

  add(title: string): Task {
    const task: Task = { id: this.nextId++, title, done: false };
    this.tasks.push(task);
    return task;
  }

  find(id: number): Task | undefined {
    return this.tasks.find((task) => task.id === id);
  }

  open(): Task[] {
    return ‸
  }
}
`;var b=`import { useState } from "react"

interface Todo { id: number; title: string; done: boolean }

// TodoList shows what is to be done, and what is done already.
export function TodoList({ initial }: { initial: Todo[] }) {
  const [todos, setTodos] = useState(initial)

  function toggle(id: number) {
    setTodos(todos.map((todo) => todo.id === id ? { ...todo, done: !todo.done } : todo))
  }

  const open = todos.filter((todo) => ‸)

  return (
    <section>
      <p>{open.length} of {todos.length} to do</p>
      <ul>
        {todos.map((todo) => <li key={todo.id} onClick={() => toggle(todo.id)}>{todo.title}</li>)}
      </ul>
    </section>
  )
}
`;var vt={c:t,cpp:e,csharp:i,css:a,go:s,html:o,java:r,javascript:n,javascriptreact:l,json:d,kotlin:u,php:c,ruby:p,rust:m,scala:h,shellscript:f,typescript:g,typescriptreact:b};export{vt as samples};
