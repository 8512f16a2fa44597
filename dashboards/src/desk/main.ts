import './ui/type.css';
import './ui/desk.css';
import { mount } from 'svelte';
import Desk from './Desk.svelte';

const target = document.getElementById('desk');
if (target) mount(Desk, { target });
