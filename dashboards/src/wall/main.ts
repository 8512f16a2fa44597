import '../desk/ui/type.css';
import '../desk/ui/desk.css';
import { mount } from 'svelte';
import Wall from './Wall.svelte';

const target = document.getElementById('desk');
if (target) mount(Wall, { target });
